//! Which fields an expression speaks of.

use super::tree::{Slot, Term, Test};

pub(super) fn of_test(test: &Test, into: &mut Vec<Slot>) {
    match test {
        Test::Constant(_) => {}
        Test::All(parts) | Test::Any(parts) => parts.iter().for_each(|part| of_test(part, into)),
        Test::Either(left, right) => {
            of_test(left, into);
            of_test(right, into);
        }
        Test::Not(part) => of_test(part, into),
        Test::Compare(left, _, right) => {
            of_term(left, into);
            of_term(right, into);
        }
        Test::In(subject, values) => {
            of_term(subject, into);
            values.iter().for_each(|value| of_term(value, into));
        }
        Test::Match(subject, _) | Test::Cidr(_, subject) | Test::IsNull(subject) | Test::IsNotNull(subject) => {
            of_term(subject, into);
        }
    }
}

fn of_term(term: &Term, into: &mut Vec<Slot>) {
    match term {
        Term::Field(slot) => into.push(*slot),
        Term::Text(_) | Term::Number(_) | Term::Null => {}
        Term::Lower(inner)
        | Term::Upper(inner)
        | Term::Length(inner)
        | Term::ToNumber(inner, _)
        | Term::ToText(inner)
        | Term::Floor(inner)
        | Term::Replace(inner, ..)
        | Term::Find(inner, _)
        | Term::Count(inner)
        | Term::Path(inner, _) => of_term(inner, into),
        Term::Substring(one, two, three) | Term::Element(one, two, three) => {
            of_term(one, into);
            of_term(two, into);
            three.iter().for_each(|inner| of_term(inner, into));
        }
        Term::Coalesce(parts) | Term::Joined(parts) | Term::Append(parts) => parts.iter().for_each(|part| of_term(part, into)),
        Term::If(test, then, otherwise) => {
            of_test(test, into);
            of_term(then, into);
            of_term(otherwise, into);
        }
        Term::Case(arms) => arms.iter().for_each(|(test, value)| {
            of_test(test, into);
            of_term(value, into);
        }),
        Term::Filter(slot, test) => {
            into.push(*slot);
            of_test(test, into);
        }
        Term::Map(slot, inner) => {
            into.push(*slot);
            of_term(inner, into);
        }
        Term::JoinValues(one, two) | Term::Split(one, two) | Term::Arithmetic(one, _, two) => {
            of_term(one, into);
            of_term(two, into);
        }
    }
}

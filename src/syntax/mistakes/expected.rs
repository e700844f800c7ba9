//! The grammar's rules in the user's words.

use crate::syntax::grammar::Rule;

/// What could have stood at a place, each once, in the order in which it was tried.
pub(super) fn words(tried: &[Rule]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for rule in tried {
        if *rule == Rule::connector {
            words.extend(
                ["`and`", "`then`", "`without`"]
                    .map(str::to_owned)
                    .into_iter()
                    .filter(|word| !words.contains(word))
                    .collect::<Vec<_>>(),
            );
            continue;
        }
        let word = match word(*rule) {
            Some(word) => word.to_owned(),
            None => match keyword(*rule) {
                Some(word) => format!("`{word}`"),
                None => continue,
            },
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // The end of a line is the last resort of a reader, too.
    if let Some(at) = words.iter().position(|word| word == LINE_END) {
        let end = words.remove(at);
        words.push(end);
    }
    words
}

/// The keywords among what could have stood at a place.
pub(super) fn keywords(tried: &[Rule]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = tried.iter().filter_map(|rule| keyword(*rule)).collect();
    if tried.iter().any(|rule| matches!(rule, Rule::word_operator | Rule::comparison)) {
        words.extend(super::operators::WORD_OPERATORS);
    }
    words
}

const LINE_END: &str = "the end of the line";

fn word(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => LINE_END,
        Rule::prose | Rule::escaped | Rule::literal => "text in quotes",
        Rule::date => "a date",
        Rule::duration => "a duration",
        Rule::number | Rule::quantity => "a number",
        Rule::boolean | Rule::null | Rule::regex | Rule::regex_pattern | Rule::regex_flags | Rule::value_statement => "a value",
        Rule::name | Rule::alias_operand | Rule::alias | Rule::except_part | Rule::operand_of => "a name",
        Rule::word => "a word",
        Rule::type_word | Rule::type_words | Rule::ioc_type => "a type",
        Rule::field_word | Rule::field_quoted | Rule::field_bare | Rule::group_key | Rule::log_field => "a field",
        Rule::source | Rule::source_part => "a log source",
        Rule::body => "`{`",
        Rule::chain
        | Rule::negation
        | Rule::approximation
        | Rule::group
        | Rule::block
        | Rule::block_kind
        | Rule::some_block
        | Rule::anywhere
        | Rule::time_of_day
        | Rule::weekdays
        | Rule::quantified
        | Rule::comparison
        | Rule::pattern_name
        | Rule::clause_statement => "a clause",
        Rule::symbol_operator | Rule::word_operator | Rule::emptiness | Rule::bound => "an operator",
        Rule::operand_name | Rule::list | Rule::field_operand => "a value, a list or a name",
        Rule::clock | Rule::clock_range => "a time range such as `19:00..07:00`",
        Rule::offset => "an offset such as `+02:00`",
        Rule::day => "a day such as `mon`",
        Rule::pattern_glob | Rule::name_list => "names of patterns",
        Rule::from_file => "`from`",
        Rule::expiry => "`expires`",
        Rule::entity => "a kind and a field, such as `host Computer`",
        Rule::sequence | Rule::test_list => "a value",
        Rule::pair => "a field, `:` and a value",
        Rule::expectation => "the name of a rule",
        Rule::comma => "`,`",
        Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::colon => "`:`",
        Rule::equals => "`=`",
        _ => return None,
    })
}

fn keyword(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::k_and => "and",
        Rule::k_anywhere => "anywhere",
        Rule::k_approximate => "approximate",
        Rule::k_at | Rule::event_at => "at",
        Rule::k_avg => "avg",
        Rule::k_base => "base",
        Rule::k_by | Rule::group_by => "by",
        Rule::k_column => "column",
        Rule::k_contains => "contains",
        Rule::k_correlate => "correlate",
        Rule::k_count => "count",
        Rule::k_detect => "detect",
        Rule::k_distinct => "distinct",
        Rule::k_empty => "empty",
        Rule::k_event => "event",
        Rule::k_events => "events",
        Rule::k_every | Rule::schedule_every => "every",
        Rule::k_except => "except",
        Rule::k_examined => "examined",
        Rule::k_exists => "exists",
        Rule::k_expect => "expect",
        Rule::k_expires => "expires",
        Rule::k_tlp => "tlp",
        Rule::k_field => "field",
        Rule::k_fields => "fields",
        Rule::k_first => "first",
        Rule::k_fixed | Rule::fixed_windows => "fixed",
        Rule::k_from => "from",
        Rule::k_hit => "hit",
        Rule::k_hunt => "hunt",
        Rule::k_in => "in",
        Rule::k_indicators => "indicators",
        Rule::k_ioc => "ioc",
        Rule::k_is => "is",
        Rule::k_library => "library",
        Rule::k_list => "list",
        Rule::k_logsource => "logsource",
        Rule::k_median => "median",
        Rule::k_met | Rule::stop_met => "met",
        Rule::k_miss => "miss",
        Rule::k_not | Rule::stop_not_met => "not",
        Rule::k_null => "null",
        Rule::k_of => "of",
        Rule::k_on | Rule::schedule_target => "on",
        Rule::k_or => "or",
        Rule::k_pattern => "pattern",
        Rule::k_percentile => "percentile",
        Rule::k_present => "present",
        Rule::k_repeat | Rule::event_repeat => "repeat",
        Rule::k_result => "result",
        Rule::k_seq => "seq",
        Rule::k_site => "site",
        Rule::k_some => "some",
        Rule::k_stop => "stop",
        Rule::k_sum => "sum",
        Rule::k_suppress | Rule::suppress => "suppress",
        Rule::k_sweep => "sweep",
        Rule::k_test => "test",
        Rule::k_then => "then",
        Rule::k_time => "time",
        Rule::k_timebox => "timebox",
        Rule::k_to => "to",
        Rule::k_use => "use",
        Rule::k_weekday => "weekday",
        Rule::k_when => "when",
        Rule::k_window => "window",
        Rule::k_windows => "windows",
        Rule::k_within | Rule::within => "within",
        Rule::k_without => "without",
        Rule::subdomains => "subdomains",
        Rule::prior => "prior",
        Rule::expect_nothing => "nothing",
        _ => return None,
    })
}

//! A model of KQL, the language of Microsoft Sentinel and Defender XDR: text and rows in, selected rows out.

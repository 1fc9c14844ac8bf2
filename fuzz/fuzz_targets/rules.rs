//! Files of rules, from any bytes: rules, or errors that name the file; a catalogue of them can be built or says why not.

#![no_main]

use keydredge::rules::Catalogue;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Catalogue::parse("rules.toml", text) {
        Ok(rules) => drop(Catalogue::build(rules)),
        Err(errors) => assert!(errors.iter().all(|error| error.to_string().contains("rules.toml"))),
    }
});

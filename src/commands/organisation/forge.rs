//! `audit list --github`, `--gitlab`: the list that a forge gives.

use crate::audit::{Forge, ListEntry, forge_page};
use crate::cli::AuditList;
use crate::commands::{interrupt, remark};
use crate::error::Error;
use crate::model::Secret;
use crate::verify::{ListingApi, ListingOptions};

/// The repositories that the flags ask a forge for.
pub(super) fn listed(flags: &AuditList) -> Result<Vec<ListEntry>, Error> {
    let wanted = [(Forge::Github, &flags.github), (Forge::Gitlab, &flags.gitlab)];
    let mut entries = Vec::new();
    for (forge, names) in wanted.into_iter().filter(|(_, names)| !names.is_empty()) {
        interrupt::listen();
        let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let variable = forge.token_variables().iter().find(is_set);
        let token = variable.and_then(|name| std::env::var(name).ok());
        if token.is_none() {
            let names = forge.token_variables().join(" and ");
            remark(&format!("{names} have no token: only what everybody may see is listed"));
        }
        let headers = forge.headers(token.as_deref().map(str::trim)).into_iter();
        let api = ListingApi::open(ListingOptions {
            api: flags.api_url.clone().unwrap_or_else(|| forge.api().to_owned()),
            headers: headers
                .map(|(name, value)| (name.to_owned(), Secret::new(value.into_bytes())))
                .collect(),
            allow_private: flags.allow_private_hosts,
            ca_file: flags.ca_file.clone(),
            connect_to: flags.connect_to.clone(),
            stop: interrupt::flag(),
        })?;
        for name in names {
            let mut is_known = false;
            for path in forge.paths(name, token.is_some()) {
                is_known = api.pages(&path, &mut |page| {
                    entries.extend(forge_page(page, flags.ssh)?);
                    Ok(())
                })?;
                if is_known {
                    break;
                }
            }
            if !is_known {
                let what =
                    format!("there is no organisation, group or user `{name}`, or the token may not see it");
                return Err(Error::Usage { what });
            }
        }
    }
    Ok(entries)
}

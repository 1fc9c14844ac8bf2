//! References in manifests of Kubernetes, which take several lines to say.
//!
//! Read line by line with the indentation, and not as YAML: a Helm template is none.

use super::shapes::{DOPPLER, INFISICAL, OP, OP_KIND, VAULT};
use crate::inventory::mention::Mention;
use crate::inventory::row::RowType;

const KUBERNETES: &str = "Kubernetes secrets";
const EXTERNAL: &str = "External Secrets";

/// A block that names a secret by the keys in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    /// `secretKeyRef:` or `secretRef:` of a container.
    KeyRef,
    /// `remoteRef:` or `extract:` of an external secret.
    Remote,
}

struct OpenBlock {
    kind: BlockKind,
    indent: usize,
    line: u64,
    /// `name` of a key reference, `key` of a remote one.
    first: Option<String>,
    /// `key`, `property`.
    second: Option<String>,
}

/// What is known of a document.
#[derive(Default)]
struct ManifestDocument {
    kind: Option<(String, u64)>,
    /// `name` in `metadata`, and how deep that is.
    name: Option<String>,
    in_metadata: Option<usize>,
    mount: Option<String>,
    path: Option<String>,
}

/// Appends the references of a manifest.
pub(super) fn find(path: &str, text: &[u8], line: u64, found: &mut Vec<Mention>) {
    const SIGNS: [&[u8]; 4] = [b"secretKeyRef", b"secretRef", b"kind:", b"objectName:"];
    let is_manifest = [".yml", ".yaml", ".tpl", ".gotmpl"].iter().any(|end| path.ends_with(end));
    if !is_manifest || !SIGNS.iter().any(|sign| memchr::memmem::find(text, sign).is_some()) {
        return;
    }
    let mut reader = ManifestReader { path, found, document: ManifestDocument::default(), block: None };
    for (number, bytes) in (line..).zip(text.split(|byte| *byte == b'\n')) {
        if let Ok(line) = std::str::from_utf8(bytes) {
            reader.line(line.trim_end(), number);
        }
    }
    reader.end_block();
    reader.end_document();
}

struct ManifestReader<'r> {
    path: &'r str,
    found: &'r mut Vec<Mention>,
    document: ManifestDocument,
    block: Option<OpenBlock>,
}

impl ManifestReader<'_> {
    fn line(&mut self, line: &str, number: u64) {
        if line.starts_with("---") {
            self.end_block();
            self.end_document();
            return;
        }
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("{{") {
            return;
        }
        let content = trimmed.trim_start_matches("- ");
        let indent = line.len() - content.len();
        if self.block.as_ref().is_some_and(|block| indent <= block.indent) {
            self.end_block();
        }
        let Some((key, value)) = content.split_once(':') else { return };
        let (key, value) = (key.trim().trim_matches(['"', '\'']), value.trim());
        if let Some(at) = self.document.in_metadata
            && indent <= at
        {
            self.document.in_metadata = None;
        }
        match key {
            "kind" if indent == 0 => self.document.kind = Some((scalar(value), number)),
            "metadata" if indent == 0 => self.document.in_metadata = Some(indent),
            "name" if self.document.in_metadata.is_some() && self.document.name.is_none() => {
                self.document.name = Some(scalar(value));
            }
            "secretKeyRef" | "secretRef" => self.begin(BlockKind::KeyRef, indent, number, value),
            "remoteRef" | "extract" if self.is_external() => {
                self.begin(BlockKind::Remote, indent, number, value);
            }
            "objectName" | "resourceName" if self.is_kind("SecretProviderClass") => {
                self.mention("secrets-store-csi", "Secrets Store CSI driver", scalar(value), number);
            }
            "itemPath" if self.is_kind("OnePasswordItem") => {
                self.mention(OP_KIND, OP, scalar(value), number);
            }
            "mount" => self.document.mount = Some(scalar(value)),
            "path" => {
                self.document.path.get_or_insert_with(|| scalar(value));
            }
            _ => self.in_block(key, value),
        }
    }

    /// Begins a block; one in braces is on one line.
    fn begin(&mut self, kind: BlockKind, indent: usize, line: u64, value: &str) {
        self.end_block();
        self.block = Some(OpenBlock { kind, indent, line, first: None, second: None });
        if let Some(inner) = value.strip_prefix('{').and_then(|value| value.strip_suffix('}')) {
            for part in inner.split(',') {
                if let Some((key, value)) = part.split_once(':') {
                    self.in_block(key.trim().trim_matches(['"', '\'']), value.trim());
                }
            }
            self.end_block();
        }
    }

    fn in_block(&mut self, key: &str, value: &str) {
        let Some(block) = &mut self.block else { return };
        let part = match (block.kind, key) {
            (BlockKind::KeyRef, "name") | (BlockKind::Remote, "key") => &mut block.first,
            (BlockKind::KeyRef, "key") | (BlockKind::Remote, "property") => &mut block.second,
            _ => return,
        };
        part.get_or_insert_with(|| scalar(value));
    }

    fn end_block(&mut self) {
        let Some(OpenBlock { kind, line, first: Some(first), second, .. }) = self.block.take() else {
            return;
        };
        let name = second.map(|second| format!("{first}#{second}")).unwrap_or(first);
        match kind {
            BlockKind::KeyRef => self.mention("kubernetes-secret", KUBERNETES, name, line),
            BlockKind::Remote => self.mention("external-secret", EXTERNAL, name, line),
        }
    }

    /// Kinds of which the whole document is a reference.
    fn end_document(&mut self) {
        let ManifestDocument { kind: Some((kind, line)), name, mount, path, .. } =
            std::mem::take(&mut self.document)
        else {
            return;
        };
        let name = name.unwrap_or_default();
        match &*kind {
            "SealedSecret" => self.mention("sealed-secret", "Sealed Secrets", name, line),
            "DopplerSecret" => self.mention("doppler", DOPPLER, name, line),
            "InfisicalSecret" => self.mention("infisical", INFISICAL, name, line),
            "VaultStaticSecret" | "VaultDynamicSecret" | "VaultPKISecret" => {
                let parts: Vec<String> = mount.into_iter().chain(path).collect();
                self.mention("vault", VAULT, parts.join("/"), line);
            }
            _ => {}
        }
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.document.kind.as_ref().is_some_and(|(own, _)| own == kind)
    }

    fn is_external(&self) -> bool {
        self.is_kind("ExternalSecret") || self.is_kind("ClusterExternalSecret")
    }

    fn mention(&mut self, kind: &'static str, service: &'static str, name: String, line: u64) {
        if !name.is_empty() {
            self.found.push(Mention {
                row_type: RowType::Reference,
                kind,
                service,
                name,
                path: self.path.to_owned(),
                line,
                has_value: false,
            });
        }
    }
}

/// A value without quotes and comment, cut at 256 letters.
fn scalar(value: &str) -> String {
    let value = value.split(" #").next().unwrap_or(value).trim().trim_matches(['"', '\'']);
    value.chars().take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_documents_name_their_secrets() {
        let text = "\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: db
spec:
  target:
    name: made
  data:
    - secretKey: password
      remoteRef:
        key: prod/db
        property: password
  dataFrom:
    - extract:
        key: prod/all
---
kind: Deployment
metadata: { name: x }
spec:
  containers:
    - env:
        - name: A
          valueFrom:
            secretKeyRef:
              name: app
              key: token
        - name: B
          valueFrom:
            secretKeyRef: {name: other, key: \"k\"}
      envFrom:
        - secretRef:
            name: whole
---
kind: SealedSecret
metadata:
  name: sealed
---
kind: VaultStaticSecret
spec:
  mount: kv
  path: prod/mail
---
kind: SecretProviderClass
spec:
  parameters:
    objects: |
      - objectName: \"db-password\"
        secretPath: x
";
        let mut found = Vec::new();
        find("k8s/all.yaml", text.as_bytes(), 1, &mut found);
        let short: Vec<_> = found.iter().map(|one| (one.kind, one.name.as_str())).collect();
        assert_eq!(
            short,
            [
                ("external-secret", "prod/db#password"),
                ("external-secret", "prod/all"),
                ("kubernetes-secret", "app#token"),
                ("kubernetes-secret", "other#k"),
                ("kubernetes-secret", "whole"),
                ("sealed-secret", "sealed"),
                ("vault", "kv/prod/mail"),
                ("secrets-store-csi", "db-password"),
            ]
        );
    }
}

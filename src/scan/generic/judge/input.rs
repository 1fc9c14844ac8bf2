//! What is judged of an assignment, and how a candidate keeps it.

use crate::model::{Basis, Form};
use crate::scan::generic::joint::Joint;
use crate::scan::generic::name::Kind;

/// All that is judged.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan::generic) struct JudgeInput<'a> {
    /// The name, as written.
    pub identifier: &'a [u8],
    /// What its anchor word means.
    pub kind: Kind,
    /// How name and value are joined.
    pub joint: Joint,
    /// How the value is written.
    pub form: Form,
    /// True if other text is joined to the value.
    pub joined: bool,
    /// The secret, decoded.
    pub value: &'a [u8],
}

/// Packs what the candidate's other fields do not contain.
pub(super) fn basis(input: &JudgeInput<'_>) -> Basis {
    let kind = KINDS.iter().position(|&kind| kind == input.kind).unwrap_or(0) as u16;
    let joint = JOINTS.iter().position(|&joint| joint == input.joint).unwrap_or(0) as u16;
    let (joined, is_login) = (u16::from(input.joined), u16::from(input.form == Form::Login));
    Basis(1 + (kind | joint << 4 | joined << 8 | is_login << 9))
}

/// The input that gave a candidate with this basis; `None` if the model did not judge it.
pub(in crate::scan::generic) fn from_basis<'a>(
    basis: Basis,
    identifier: &'a [u8],
    form: Form,
    value: &'a [u8],
) -> Option<JudgeInput<'a>> {
    let packed = basis.0.checked_sub(1)?;
    let kind = *KINDS.get(usize::from(packed & 15))?;
    let joint = *JOINTS.get(usize::from(packed >> 4 & 15))?;
    let form = if packed >> 9 & 1 == 1 { Form::Login } else { form };
    Some(JudgeInput { identifier, kind, joint, form, joined: packed >> 8 & 1 == 1, value })
}

/// Kinds by their number in a [`Basis`].
const KINDS: [Kind; 5] = [Kind::Other, Kind::Key, Kind::Token, Kind::Secret, Kind::Password];

/// Joints by their number in a [`Basis`].
const JOINTS: [Joint; 10] = [
    Joint::Compare,
    Joint::Argument,
    Joint::Prose,
    Joint::Block,
    Joint::Space,
    Joint::Call,
    Joint::Markup,
    Joint::Flag,
    Joint::Colon,
    Joint::Assign,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_gives_back_what_was_judged() {
        for kind in KINDS {
            for joint in JOINTS {
                for (joined, form) in [(false, Form::Bare), (true, Form::Bare), (false, Form::Login)] {
                    let input = JudgeInput { identifier: b"a", kind, joint, form, joined, value: b"b" };
                    let again =
                        from_basis(basis(&input), b"a", Form::Bare, b"b").expect("it was an assignment");
                    let is = (again.kind, again.joint, again.joined, again.form);
                    assert_eq!(is, (kind, joint, joined, form));
                }
            }
        }
        assert!(from_basis(Basis::default(), b"a", Form::Bare, b"b").is_none());
    }
}

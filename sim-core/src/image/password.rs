//! Passwords as /etc/shadow keeps them: crypt(5)'s SHA-512 method, or an empty field for no password.

use sha_crypt::{Params, sha512_crypt};

/// crypt(5)'s alphabet for six bits.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What /etc/shadow's second field holds for `password`: nothing for an empty one, so that login asks
/// for none.
pub fn hash(password: &str, salt: &str) -> String {
    if password.is_empty() {
        return String::new();
    }
    let digest = sha512_crypt(password.as_bytes(), salt.as_bytes(), Params::default());
    format!("$6${salt}${}", encode(&digest))
}

/// Does `password` open an account whose second field in /etc/shadow is `field`? `*` and `!` open for
/// nobody.
pub fn verify(password: &str, field: &str) -> bool {
    let mut parts = field.split('$');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(""), None, ..) => password.is_empty(),
        (Some(""), Some("6"), Some(salt), Some(_), None) => hash(password, salt) == field,
        _ => false,
    }
}

/// Writes six bits a character, low bits first, from groups of three bytes that lie 21 apart and turn
/// round once a group; the last byte comes alone.
fn encode(digest: &[u8; 64]) -> String {
    let mut text = String::with_capacity(86);
    for group in 0..21 {
        let bytes = [digest[group], digest[group + 21], digest[group + 42]];
        let turn = group % 3;
        let [high, middle, low] = [bytes[turn], bytes[(turn + 1) % 3], bytes[(turn + 2) % 3]];
        push_six_bits(&mut text, u32::from_be_bytes([0, high, middle, low]), 4);
    }
    push_six_bits(&mut text, u32::from(digest[63]), 2);
    text
}

fn push_six_bits(text: &mut String, mut bits: u32, characters: u32) {
    for _ in 0..characters {
        text.push(char::from(ALPHABET[(bits & 0x3f) as usize]));
        bits >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::{hash, verify};

    /// What `openssl passwd -6 -salt SALT PASSWORD` prints.
    #[test]
    fn hashes_as_crypt_does() {
        let known = [
            ("correct horse", "glasshull", include_str!("testdata/correct-horse.shadow")),
            ("x", "0", include_str!("testdata/x.shadow")),
        ];
        for (password, salt, field) in known {
            assert_eq!(hash(password, salt), field.trim_end());
            assert!(verify(password, field.trim_end()));
            assert!(!verify("wrong", field.trim_end()));
            assert!(!verify("", field.trim_end()));
        }
    }

    #[test]
    fn an_empty_field_takes_the_empty_password_alone() {
        assert!(verify("", ""));
        assert!(!verify("x", ""));
        assert!(!verify("", "*"));
        assert!(!verify("", "!"));
    }
}

//! Signatures of packs, in the form that `ssh-keygen -Y` makes and checks: with an Ed25519 key in
//! OpenSSH's own format. `ssh-key` knows the forms, ring the arithmetic.

use std::path::Path;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, Signature, SshSig};

use super::output::Error;

/// A signature that fits.
pub(super) struct Signer {
    /// The fingerprint of the key, as `ssh-keygen -l` shows it.
    pub(super) fingerprint: String,
}

/// Signs a message with the key in a file.
///
/// # Errors
/// The key cannot be used.
pub(super) fn sign(key: &Path, namespace: &str, message: &[u8]) -> Result<String, Error> {
    let wrong = |why: &str| -> Error {
        format!(
            "the key {} cannot sign: {why}; make one with ssh-keygen -t ed25519 -N ''",
            key.display()
        )
        .into()
    };
    let text = std::fs::read(key).map_err(|error| wrong(&error.to_string()))?;
    // What a CI system keeps as a secret has lost its last line break, or has one too many.
    let text = [text.trim_ascii(), b"\n"].concat();
    let private = PrivateKey::from_openssh(&text);
    let private = private.map_err(|_| wrong("it is no private key in the format of OpenSSH"))?;
    if private.is_encrypted() {
        return Err(wrong("it has a passphrase"));
    }
    let pair = private.key_data().ed25519();
    let pair = pair.ok_or_else(|| wrong("it is no Ed25519 key"))?;
    let (seed, public) = (pair.private.to_bytes(), pair.public.0);
    let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &public);
    let pair = pair.map_err(|_| wrong("its two halves do not belong together"))?;
    let signed = || {
        let data = SshSig::signed_data(namespace, HashAlg::Sha512, message)?;
        let bytes = pair.sign(&data).as_ref().to_vec();
        let signature = Signature::new(Algorithm::Ed25519, bytes)?;
        let public = KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(public));
        SshSig::new(public, namespace, HashAlg::Sha512, signature)?.to_pem(LineEnding::LF)
    };
    debug_assert_eq!(pair.public_key().as_ref(), public);
    signed().map_err(|error: ssh_key::Error| wrong(&error.to_string()))
}

/// Checks a signature of a message. `key` is a file with the public key that it has to be by.
///
/// # Errors
/// Why it does not fit, in words.
pub(super) fn verify(
    signature: &[u8],
    namespace: &str,
    message: &[u8],
    key: Option<&Path>,
) -> Result<Signer, String> {
    let damaged = || String::from("is no signature of OpenSSH, or was changed");
    let parsed = SshSig::from_pem(signature).map_err(|_| damaged())?;
    // One form only: what reads the same and is written otherwise was changed as well.
    let written = parsed.to_pem(LineEnding::LF).map_err(|_| damaged())?;
    if written.trim_end().as_bytes() != signature.trim_ascii_end() || signature.ends_with(b"\n\n") {
        return Err(damaged());
    }
    if parsed.namespace() != namespace {
        return Err(String::from("is a signature for something else"));
    }
    let public = parsed.public_key();
    let KeyData::Ed25519(ed25519) = public else {
        return Err(String::from(
            "is not by an Ed25519 key; ssh-keygen -Y verify can check it",
        ));
    };
    let data = SshSig::signed_data(namespace, parsed.hash_alg(), message);
    let data = data.map_err(|error| error.to_string())?;
    let known = UnparsedPublicKey::new(&ED25519, ed25519.0);
    if known.verify(&data, parsed.signature_bytes()).is_err() {
        return Err(String::from("does not fit the manifest"));
    }
    let fingerprint = public.fingerprint(HashAlg::Sha256).to_string();
    if let Some(path) = key {
        let told = |why: String| format!("cannot be held against {}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        let wanted = PublicKey::from_openssh(text.trim());
        let wanted = wanted.map_err(|_| told(String::from("it is no public key of OpenSSH")))?;
        if wanted.key_data() != public {
            return Err(format!(
                "is by another key ({fingerprint}) than {}",
                path.display()
            ));
        }
    }
    Ok(Signer { fingerprint })
}

#[cfg(test)]
mod tests {
    use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey};
    use ssh_key::public::Ed25519PublicKey;

    use super::*;

    /// A key pair made of that seed, each half in the form of its file.
    fn keys(seed: u8) -> (String, String) {
        let seed = [seed; 32];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        let pair = Ed25519Keypair {
            public: Ed25519PublicKey(public),
            private: Ed25519PrivateKey::from_bytes(&seed),
        };
        let private = PrivateKey::new(pair.into(), "audit@example.com").unwrap();
        let text = private.to_openssh(LineEnding::LF).unwrap();
        (text.to_string(), private.public_key().to_openssh().unwrap())
    }

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn checked(signature: &str, message: &[u8]) -> Result<String, String> {
        let public = written(&keys(1).1);
        let found = verify(signature.as_bytes(), "ns", message, Some(public.path()));
        found.map(|it| it.fingerprint)
    }

    #[test]
    fn what_was_signed_is_checked_and_every_byte_of_it_counts() {
        let signature = sign(written(&keys(1).0).path(), "ns", b"message").unwrap();
        let fingerprint = checked(&signature, b"message").unwrap();
        assert!(fingerprint.starts_with("SHA256:"), "{fingerprint}");
        assert!(
            checked(&signature, b"messagf")
                .unwrap_err()
                .contains("does not fit")
        );
        for at in 0..signature.len() {
            let mut bytes = signature.clone().into_bytes();
            bytes[at] ^= 1;
            let public = written(&keys(1).1);
            let found = verify(&bytes, "ns", b"message", Some(public.path()));
            assert!(found.is_err(), "byte {at}");
        }
        let other = verify(signature.as_bytes(), "other", b"message", None);
        assert!(other.is_err_and(|why| why.contains("something else")));
    }

    #[test]
    fn a_key_may_have_lost_its_last_line_break_or_have_two() {
        let key = keys(1).0;
        let signed = |text: &str| sign(written(text).path(), "ns", b"message").unwrap();
        for text in [key.trim_end(), &format!("{key}\n"), &format!("\n{key}")] {
            assert_eq!(signed(text), signed(&key));
        }
    }

    #[test]
    fn keys_of_other_kinds_and_other_people_are_refused() {
        let error = sign(written("nonsense").path(), "ns", b"").unwrap_err();
        assert!(error.to_string().contains("no private key"), "{error}");
        let signature = sign(written(&keys(1).0).path(), "ns", b"message").unwrap();
        let public = written(&keys(2).1);
        let found = verify(signature.as_bytes(), "ns", b"message", Some(public.path()));
        assert!(found.is_err_and(|why| why.contains("another key")));
    }
}

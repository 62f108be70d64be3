//! An authenticator in software (WebAuthn Level 3 §6), that can be made to do everything wrong.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::secret::random_bytes;
use serde_cbor_2::Value as Cbor;
use serde_json::{Value, json};

use crate::server::ISSUER;

/// One passkey. Its fields say how it behaves from now on.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that can be wrong")]
pub struct Authenticator {
    key: EcdsaKeyPair,
    pub credential_id: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
    pub origin: String,
    pub rp_id: String,
    pub cross_origin: bool,
    pub present: bool,
    pub verifies: bool,
    pub backup_eligible: bool,
    /// How often it has signed; it counts on with each signature unless it is 0.
    pub counter: u32,
    /// What it answers in place of the challenge.
    pub challenge: Option<String>,
    /// What it says it does in place of what it is asked for.
    pub ceremony: Option<&'static str>,
}

impl Authenticator {
    pub fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            credential_id: random_bytes::<32>().to_vec(),
            user_handle: None,
            origin: ISSUER.to_owned(),
            rp_id: "id.example".to_owned(),
            cross_origin: false,
            present: true,
            verifies: true,
            backup_eligible: false,
            counter: 1,
            challenge: None,
            ceremony: None,
        }
    }

    /// What the browser answers to options for `navigator.credentials.create()`.
    pub fn create(&mut self, options: &Value) -> String {
        let asked = &options["publicKey"];
        self.user_handle = Some(URL_SAFE_NO_PAD.decode(asked["user"]["id"].as_str().unwrap()).unwrap());
        let client_data = self.client_data("webauthn.create", asked);
        let mut data = self.data(0x40);
        data.extend([0xaa; 16]); // AAGUID
        data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(self.public_key());
        let object = cbor([
            (Cbor::Text("fmt".into()), Cbor::Text("none".into())),
            (Cbor::Text("attStmt".into()), Cbor::Map([].into())),
            (Cbor::Text("authData".into()), Cbor::Bytes(data)),
        ]);
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "transports": ["usb"],
        });
        self.credential(&response)
    }

    /// What the browser answers to options for `navigator.credentials.get()`.
    pub fn get(&mut self, options: &Value) -> String {
        let client_data = self.client_data("webauthn.get", &options["publicKey"]);
        let data = self.data(0);
        let signed = [data.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": self.user_handle.as_ref().map(|handle| URL_SAFE_NO_PAD.encode(handle)),
        });
        self.credential(&response)
    }

    fn client_data(&self, ceremony: &str, asked: &Value) -> String {
        let challenge = self.challenge.as_deref().unwrap_or(asked["challenge"].as_str().unwrap());
        let ceremony = self.ceremony.unwrap_or(ceremony);
        json!({"type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin})
            .to_string()
    }

    /// WebAuthn §6.1: the hash of the RP id, the flags, the counter.
    fn data(&mut self, more: u8) -> Vec<u8> {
        let flags = [(self.present, 0x01), (self.verifies, 0x04), (self.backup_eligible, 0x08)];
        let flags = flags.iter().filter(|(on, _)| *on).fold(more, |flags, (_, flag)| flags | flag);
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        if self.counter > 0 {
            self.counter += 1;
        }
        data
    }

    /// RFC 9053 §7.1.1
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let number = |number| Cbor::Integer(number);
        cbor([
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), Cbor::Bytes(x.to_vec())),
            (number(-3), Cbor::Bytes(y.to_vec())),
        ])
    }

    fn credential(&self, response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(&self.credential_id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response}).to_string()
    }
}

fn cbor<const N: usize>(map: [(Cbor, Cbor); N]) -> Vec<u8> {
    serde_cbor_2::to_vec(&Cbor::Map(map.into())).unwrap()
}

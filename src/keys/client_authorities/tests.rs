use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

type Authority = CertifiedIssuer<'static, KeyPair>;
type Der = CertificateDer<'static>;

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (NOW - Duration::DAY, NOW + Duration::DAY);
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn authority(name: &str) -> Authority {
    Authority::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap()
}

fn client(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Der {
    let mut params = params("client");
    params.serial_number = Some(SerialNumber::from(7));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    change(&mut params);
    params.signed_by(&KeyPair::generate().unwrap(), authority).unwrap().der().clone()
}

fn list(authority: &Authority, revoked: &[u64], ends_at: OffsetDateTime) -> String {
    let revoked = revoked.iter().map(|serial| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: NOW - Duration::HOUR,
        reason_code: None,
        invalidity_date: None,
    });
    let params = CertificateRevocationListParams {
        this_update: NOW - Duration::HOUR,
        next_update: ends_at,
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(authority).unwrap().pem().unwrap()
}

/// Files of this test alone, which go with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("portcullis-authorities-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refusal(authorities: &ClientAuthorities, der: &Der, chain: &[Der], now: OffsetDateTime) -> Option<String> {
    authorities.ensure_vouched_for(der, chain, now).err().map(|error| format!("{:?}", error.0))
}

/// MT-06, MT-08: the question is asked of the time of the request.
#[test]
fn mt_06_mt_08_an_authority_vouches_for_what_is_good_now_and_for_clients() {
    let (folder, known, other) = (Folder::new("vouch"), authority("known"), authority("other"));
    let second = authority("second");
    let authorities = folder.put("ca.pem", &(known.pem() + &second.pem()));
    let authorities = ClientAuthorities::load(&authorities, None).unwrap();
    let good = client(&known, |_| {});
    let between = Authority::signed_by(authority_params("between"), KeyPair::generate().unwrap(), &known).unwrap();
    let below = client(&between, |_| {});
    let chain = [between.der().clone()];
    let day = Duration::DAY;
    for (der, chain, now, says) in [
        (&good, &[][..], NOW, None),
        (&good, &[], NOW + day, None),
        (&client(&second, |_| {}), &[], NOW, None),
        (&client(&known, |params| params.extended_key_usages.clear()), &[], NOW, None),
        (&below, &chain, NOW, None),
        (&good, &[], NOW + day * 2, Some("Expired")),
        (&good, &[], NOW - day * 2, Some("NotValidYet")),
        (&below, &[], NOW, Some("UnknownIssuer")),
        (&client(&other, |_| {}), &[], NOW, Some("UnknownIssuer")),
        (&client(&other, |_| {}), &[other.der().clone()], NOW, Some("UnknownIssuer")),
        (
            &client(&known, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
            &[],
            NOW,
            Some("InvalidPurpose"),
        ),
        (&client(&known, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), &[], NOW, Some("CaUsed")),
        (&CertificateDer::from(vec![0x30]), &[], NOW, Some("BadEncoding")),
    ] {
        let found = refusal(&authorities, der, chain, now);
        let is_as_expected = match (&found, says) {
            (Some(found), Some(says)) => found.contains(says),
            (found, says) => found.is_none() && says.is_none(),
        };
        assert!(is_as_expected, "{found:?}, not {says:?}");
    }
}

/// MT-06: what is revoked, and what nobody can say of whether it is.
#[test]
fn mt_06_a_list_takes_certificates_back_and_must_be_in_its_time() {
    let (folder, known, second) = (Folder::new("revoke"), authority("known"), authority("second"));
    let certificates = folder.put("ca.pem", &(known.pem() + &second.pem()));
    let end = NOW + Duration::HOUR;
    let lists = folder.put("crl.pem", &list(&known, &[8], end));
    let authorities = ClientAuthorities::load(&certificates, Some(&lists)).unwrap();
    let good = client(&known, |_| {});

    assert_eq!(authorities.lists_end_at(), Some(end));
    assert_eq!(refusal(&authorities, &good, &[], NOW), None);
    let unknown = refusal(&authorities, &client(&second, |_| {}), &[], NOW).unwrap();
    assert!(unknown.contains("UnknownRevocationStatus"), "{unknown}");
    let late = refusal(&authorities, &good, &[], end + Duration::SECOND).unwrap();
    assert!(late.contains("ExpiredRevocationList"), "{late}");

    folder.put("crl.pem", &(list(&known, &[7, 8], end) + &list(&second, &[], end + Duration::HOUR)));
    assert!(authorities.refresh().unwrap() && !authorities.refresh().unwrap());
    let revoked = refusal(&authorities, &good, &[], NOW).unwrap();
    assert!(revoked.contains("Revoked"), "{revoked}");
    assert_eq!(refusal(&authorities, &client(&second, |_| {}), &[], NOW), None);
}

#[test]
fn files_that_cannot_be_used_change_nothing() {
    let (folder, known) = (Folder::new("files"), authority("known"));
    let certificates = folder.put("ca.pem", &known.pem());
    let lists = folder.put("crl.pem", &list(&known, &[], NOW + Duration::HOUR));
    let authorities = ClientAuthorities::load(&certificates, Some(&lists)).unwrap();
    let good = client(&known, |_| {});
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (certificate, list, says) in [
        ("", "", "ca.pem holds no certificates in PEM"),
        (broken, "", "ca.pem holds a certificate that cannot be read"),
        (&known.pem(), "", "crl.pem holds no revocation lists in PEM"),
        (
            &known.pem(),
            &broken.replace("CERTIFICATE", "X509 CRL"),
            "crl.pem holds a revocation list that cannot be read",
        ),
    ] {
        folder.put("ca.pem", certificate);
        folder.put("crl.pem", list);
        let refused = authorities.refresh().unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
        assert_eq!(refusal(&authorities, &good, &[], NOW), None);
    }
    fs::remove_file(&certificates).unwrap();
    assert!(authorities.refresh().unwrap_err().to_string().contains("cannot be read"));
}

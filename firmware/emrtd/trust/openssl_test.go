package trust_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/trust"
)

// caConf is the least that "openssl ca" needs.
const caConf = `[ca]
default_ca = c
[c]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
default_crl_days = 9000
policy = p
unique_subject = no
copy_extensions = copy
crl_extensions = l
[p]
countryName = supplied
commonName = supplied
[l]
authorityKeyIdentifier = keyid
[req]
distinguished_name = n
[n]
[csca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`

// openssl makes authority, signers and list, and judges them beside us: before,
// within and after their times, and with one of them revoked.
func TestOpenSSLChain(t *testing.T) {
	for name, x := range map[string]struct{ authority, signer, digest string }{
		"Brainpool":       {"EC -pkeyopt ec_paramgen_curve:brainpoolP384r1", "EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "sha384"},
		"P-521 and P-224": {"EC -pkeyopt ec_paramgen_curve:P-521", "EC -pkeyopt ec_paramgen_curve:P-224", "sha512"},
		"RSA":             {"RSA -pkeyopt rsa_keygen_bits:2048", "RSA -pkeyopt rsa_keygen_bits:2048", "sha256"},
		"RSA-PSS and EC":  {"RSA-PSS -pkeyopt rsa_keygen_bits:2048", "EC -pkeyopt ec_paramgen_curve:brainpoolP320r1", "sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run := func(args string) []byte {
				t.Helper()
				return pkitest.OpenSSL(t, dir, strings.Fields(args)...)
			}
			for file, text := range map[string]string{"ca.conf": caConf, "index.txt": "", "serial": "1000\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run("genpkey -out ca.key -algorithm " + x.authority)
			run("req -config ca.conf -new -key ca.key -out ca.csr -subj /C=UT/CN=TEST-not-an-authority -" + x.digest)
			run("ca -batch -notext -config ca.conf -selfsign -keyfile ca.key -in ca.csr -out ca.pem -extensions csca -startdate 20200101000000Z -enddate 20350101000000Z -md " + x.digest)
			for _, who := range []string{"good", "bad"} {
				run("genpkey -out " + who + ".key -algorithm " + x.signer)
				run("req -config ca.conf -new -key " + who + ".key -out s.csr -subj /C=UT/CN=signer-" + who)
				run("ca -batch -notext -config ca.conf -keyfile ca.key -cert ca.pem -in s.csr -out " + who + ".pem -extensions signer -startdate 20240101000000Z -enddate 20260101000000Z -md " + x.digest)
			}
			run("ca -config ca.conf -keyfile ca.key -cert ca.pem -revoke bad.pem")
			run("ca -config ca.conf -keyfile ca.key -cert ca.pem -gencrl -out list.crl -md " + x.digest)
			read := func(name string) []byte {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			s := open(t, map[string][]byte{"ca.pem": read("ca.pem"), "list.crl": read("list.crl")})
			for _, who := range []string{"good", "bad"} {
				signer := run("x509 -outform DER -in " + who + ".pem")
				for at, verdict := range map[time.Time]trust.Verdict{
					date(2023, 12, 30): trust.Expired, date(2024, 1, 2): trust.Trusted, date(2025, 12, 30): trust.Trusted, date(2026, 1, 2): trust.Expired,
				} {
					// Without the list, openssl can be asked about any time.
					_, theirs := pkitest.TryOpenSSL(dir, "verify", "-CAfile", "ca.pem", "-attime", strconv.FormatInt(at.Unix(), 10), who+".pem")
					if (theirs == nil) != (verdict == trust.Trusted) {
						t.Fatalf("openssl on %v: %v", at, theirs)
					}
					if who == "bad" {
						verdict = trust.Revoked
					}
					if v, err := s.Verify(signer, nil, at, now); v != verdict {
						t.Errorf("%s signed on %v: %v, %v; want %v", who, at, v, err, verdict)
					}
				}
			}
			for who, listed := range map[string]bool{"good": false, "bad": true} {
				_, theirs := pkitest.TryOpenSSL(dir, "verify", "-CAfile", "ca.pem", "-CRLfile", "list.crl", "-crl_check", "-no_check_time", who+".pem")
				if listed != (theirs != nil && strings.Contains(fmt.Sprint(theirs), "revoked")) {
					t.Errorf("openssl of %s: %v", who, theirs)
				}
			}
		})
	}
}

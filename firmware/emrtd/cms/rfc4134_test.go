package cms_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/pki"
)

// RFC 4134 "Examples of S/MIME Messages": section 4.2, signed content with RSA
// and without signed attributes, by Alice, whose certificate is Carl's.
const (
	rfc4134Signed = `
MIIDUgYJKoZIhvcNAQcCoIIDQzCCAz8CAQExCzAJBgUrDgMCGgUAMCsGCSqGSIb3DQEHAa
AeBBxUaGlzIGlzIHNvbWUgc2FtcGxlIGNvbnRlbnQuoIICMDCCAiwwggGVoAMCAQICEEY0
a8eAAFa8EdNuLsQQs7AwDQYJKoZIhvcNAQEFBQAwEjEQMA4GA1UEAxMHQ2FybFJTQTAeFw
05OTA5MTkwMTA4NDdaFw0zOTEyMzEyMzU5NTlaMBMxETAPBgNVBAMTCEFsaWNlUlNBMIGf
MA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDgiXM5jdj19eiHdjl/TrAFu1OD3g+3q9x9x3
UpDQUubRLfpoYm1NJvqlgp/Jfs+oJRDzCAvrFQnkZE8Sy72DLPxmhvB9mwYKy+7jQJahP1
9wUFk99eujVW2WH/GX/Jgeb4bOqHQHDvrG0sdJ8t+lU6uZl3AqZIUoxO81c4V3RXXwIDAQ
ABo4GBMH8wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCBsAwHwYDVR0jBBgwFoAU6eCQ
J6x4IHqa00zyQjdOIq6eOLswHQYDVR0OBBYEFHfStNG3TIqKo85Fnc7sPKA64/9QMB8GA1
UdEQQYMBaBFEFsaWNlUlNBQGV4YW1wbGUuY29tMA0GCSqGSIb3DQEBBQUAA4GBAD5wR6hI
zBNYj8pRcWtONhhdBH6AsY1NzMqjj8x9Vsi8z26zHFmpIKoFgahOJa2ncBR1L/XHm9EO6W
PSZLfGZm5zIVTf9LolXX1J05RrIjZ0c7hK7C9k7dM90qdCxeg3irTbn2fkvZ/5/nTv6vnu
Y2rYP0slCbXYGnau65vbSbAiMYHLMIHIAgEBMCYwEjEQMA4GA1UEAxMHQ2FybFJTQQIQRj
Rrx4AAVrwR024uxBCzsDAJBgUrDgMCGgUAMA0GCSqGSIb3DQEBAQUABIGALyOC0vMJX7gM
WOtOnb+JmoHldcSRPdPQ1Xu21f6UoYqs48SE9c1gTieV9s8AhnZ1Pyvw59QCZ6f1x40WBK
WztefZMvAk7+cgRNWfB8VTJPrOAR0PFxOnKpWdK+QDlRQL6TkNus5unJ4M6JjmVRPUaG/Q
B9eisWJM44+v/eDVXcc=`
	rfc4134Carl = `
MIIB6zCCAVSgAwIBAgIQRjRrx4AAVrwR024un/JQIDANBgkqhkiG9w0BAQUFADASMRAwDg
YDVQQDEwdDYXJsUlNBMB4XDTk5MDgxODA3MDAwMFoXDTM5MTIzMTIzNTk1OVowEjEQMA4G
A1UEAxMHQ2FybFJTQTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA5Ev/GLgkV/R3/2
5ze5NxXLwzGpKSciPYQUbQzRE6BLOOr4KdvVEeF3rydiwrhjmnvdeNGlPs5ADV6OyiNrHt
4lDiMgmKP5+ZJY+4Tqu5fdWWZdoWoMW+Dq5EW+9e9Kcpy4LdrETpqpOUKQ74GNbIV17yds
TyEWA4uRs8HZfJavECAwEAAaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMC
AYYwHQYDVR0OBBYEFOngkCeseCB6mtNM8kI3TiKunji7MA0GCSqGSIb3DQEBBQUAA4GBAL
ee1ATT7Snk/4mJFS5M2wzwSA8yYe7EBOwSXS3/D2RZfgrD7Rj941ZAN6cHtfA4EmFQ7e/d
P+MLuGGlpJs85p6cVJq2ldbabDu1LUU1nUkBdvq5uTH5+WsSU6D1FGCbfco+8lNrsDdvre
Z019v6WuoUQWNdzb7IDsHaao1TNBgC`
	rfc4134List = `
MIIBMzCBnTANBgkqhkiG9w0BAQQFADASMRAwDgYDVQQDEwdDYXJsUlNBFw05OTA4MjcwNz
AwMDBaMGkwIQIQRjRrx4AAVrwR024uxBCzsBcNOTkwODIyMDcwMDAwWjAhAhBGNGvHgABW
vBHTbi7VmjCQFw05OTA4MjIwNzAwMDBaMCECEEY0a8eAAFa8EdNuLs1dcdAXDTk5MDgyND
A3MDAwMFowDQYJKoZIhvcNAQEEBQADgYEAv7OXqlPwMiEWK3eSemu7l8jc6vH6ZhYwDrWe
XPCB1F6zbsGIa4zUXsVN+0deZvNdq+W0GDZgqE2cPInsbye/NVBxgcK5RFtiiRkSMal7mt
PMZssR2QsQR3etTyLZ5X8w8lv8lFGlWHY7H6hGph/2od5Voe0xiGmXDwjT1AxgWx4=`
)

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(s, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRFC4134(t *testing.T) {
	d, err := cms.Parse(decode(t, rfc4134Signed))
	if err != nil {
		t.Fatal(err)
	}
	if string(d.Content) != "This is some sample content." || d.ContentType != "1.2.840.113549.1.7.1" {
		t.Fatalf("%q of %s", d.Content, d.ContentType)
	}
	signers, err := d.Verify()
	if err != nil {
		t.Fatal(err)
	}
	s, alice := signers[0], signers[0].Certificate
	if s.Algorithm.String() != "RSA with SHA-1" || !s.Time.IsZero() || strings.Join(s.Weak, ", ") != "SHA-1, RSA of 1024 bits" {
		t.Errorf("%v, %v, %v", s.Algorithm, s.Time, s.Weak)
	}
	carl, err := pki.ParseCertificate(decode(t, rfc4134Carl))
	if err != nil {
		t.Fatal(err)
	}
	if alice.Subject.String() != "CN=AliceRSA" || !alice.Issuer.Equal(carl.Subject) || alice.CA || !carl.CA || carl.PathLen != -1 ||
		alice.KeyUsage != pki.DigitalSignature|pki.NonRepudiation || carl.KeyUsage != pki.DigitalSignature|pki.CertSign|pki.CRLSign ||
		!bytes.Equal(alice.AuthorityKeyID, carl.SubjectKeyID) || len(alice.AuthorityKeyID) != 20 {
		t.Errorf("%+v, %+v", alice.Extensions, carl.Extensions)
	}
	if err := alice.CheckSignature(carl); err != nil {
		t.Error(err)
	}
	if err := carl.CheckSignature(carl); err != nil {
		t.Error(err)
	}
	if err := carl.CheckSignature(alice); !errors.Is(err, pki.ErrSignature) {
		t.Errorf("%v", err)
	}
	list, err := pki.ParseCRL(decode(t, rfc4134List))
	if err != nil {
		t.Fatal(err)
	}
	if !list.Lists(alice.Serial) || list.Lists(carl.Serial) || list.Lists(new(big.Int)) || list.Len() != 3 || !list.Issuer.Equal(carl.Subject) || !list.NextUpdate.IsZero() {
		t.Errorf("%d, %v, %v", list.Len(), list.Issuer, list.NextUpdate)
	}
	// It is signed with MD5, whose signatures prove nothing any more.
	if err := list.CheckSignature(carl); !errors.Is(err, pki.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"tram06/firmware/emrtd/pki/pkitest"
)

// aborting ends the helper at the first thing that goes wrong.
type aborting struct{}

func (aborting) Helper() {}
func (aborting) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

// makeAuthorities makes up the files that the scripts about trust need: an
// authority with all that hangs on it, one of another country, and lists.
func makeAuthorities() error {
	t := aborting{}
	home := pkitest.Authority(t, "Test CSCA")
	next := pkitest.Authority(t, "Next CSCA")
	abroad := pkitest.Authority(t, "Abroad CSCA", func(c *x509.Certificate) { c.Subject.Country = []string{"XX"} })
	signer := home.Signer(t)
	lister := home.Signer(t, func(c *x509.Certificate) {
		c.Subject = pkitest.Name("UT", "Test list signer")
		c.ExtraExtensions = append(c.ExtraExtensions, pkitest.MasterListPurpose())
	})
	list := lister.Sign(t, pkitest.Signed{Type: pkitest.MasterListContent, At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		Content: pkitest.MasterList(home.Raw(), home.Link(t, next), abroad.Raw(), signer.Raw())})
	changed := append([]byte(nil), list...)
	changed[len(changed)-1] ^= 1
	files := map[string][]byte{
		"home.cer": home.Raw(), "signer.cer": signer.Raw(), "lister.cer": lister.Raw(), "abroad.cer": abroad.Raw(),
		"link.cer": home.Link(t, next), "list.ml": list, "changed.ml": changed,
		"home.pem":  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: home.Raw()}),
		"fresh.crl": home.CRL(t, time.Now().AddDate(1, 0, 0), signer.Cert),
		"stale.crl": home.CRL(t, time.Now().AddDate(-1, 0, 0), signer.Cert),
		"home.sha":  print256(home.Raw()), "lister.sha": print256(lister.Raw()), "abroad.sha": print256(abroad.Raw()),
	}
	for name, b := range files {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func print256(b []byte) []byte {
	sum := sha256.Sum256(b)
	return []byte(hex.EncodeToString(sum[:]))
}

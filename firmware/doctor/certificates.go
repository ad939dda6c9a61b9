package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/emrtd/trust"
	"tram06/firmware/health"
)

// soon is how long before its end a certificate is told to be renewed.
const soon = 30 * 24 * time.Hour

func (x *examiner) certificates(context.Context) []Finding {
	if x.Site == nil {
		return []Finding{x.Left(PartCertificates, "", x.Say("không có site.yaml", "no site.yaml"))}
	}
	g := x.Site.Gateway
	all := []Finding{x.pair(g.Cert, g.Key), x.authorities(g.CA), x.seal(g.HPKEKey)}
	if x.Site.Fleet != nil && x.Credentials != nil {
		file := x.Site.Fleet.Credentials
		if err := x.Credentials(file); err != nil {
			all = append(all, x.Found(PartCertificates, "fleet.credentials", health.ConfigFile, err.Error()))
		} else {
			all = append(all, x.Fine(PartCertificates, "fleet.credentials", filepath.Base(file)))
		}
	}
	return all
}

// pair is the machine's own certificate and key.
func (x *examiner) pair(certFile, keyFile string) Finding {
	const name = "gateway.cert"
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return x.unreadable(name, err)
	}
	f := x.valid(name, pair.Leaf)
	if info, err := os.Stat(keyFile); err == nil && info.Mode().Perm()&0o077 != 0 && f.State == OK {
		return x.Found(PartCertificates, name, health.CertWrong,
			x.Say("người khác đọc được khóa %s (quyền %04o): chmod 600", "others may read the key %s (mode %04o): chmod 600", filepath.Base(keyFile), info.Mode().Perm())).with(f.Details)
	}
	return f
}

// authorities is whom the gateway's certificate must come from.
func (x *examiner) authorities(file string) Finding {
	const name = "gateway.ca"
	rest, err := os.ReadFile(file)
	if err != nil {
		return x.unreadable(name, err)
	}
	var best *x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return x.unreadable(name, fmt.Errorf("%s: %w", file, err))
		}
		// One that is still valid is enough.
		if best == nil || c.NotAfter.After(best.NotAfter) {
			best = c
		}
	}
	if best == nil {
		return x.unreadable(name, fmt.Errorf("%s: %w", file, errors.New("no certificate in PEM")))
	}
	return x.valid(name, best)
}

func (x *examiner) seal(file string) Finding {
	const name = "gateway.hpke_key"
	b, err := os.ReadFile(file)
	if err == nil {
		_, err = dossier.ParsePublicKey(b)
	}
	if err != nil {
		return x.unreadable(name, err)
	}
	return x.Fine(PartCertificates, name, filepath.Base(file))
}

func (x *examiner) unreadable(name string, err error) Finding {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return x.Found(PartCertificates, name, health.ConfigFile, err.Error())
	}
	return x.Found(PartCertificates, name, health.CertWrong, err.Error())
}

// valid judges a certificate's dates.
func (x *examiner) valid(name string, c *x509.Certificate) Finding {
	now := x.System.Now()
	left := int(c.NotAfter.Sub(now) / (24 * time.Hour))
	details := map[string]string{
		"subject": c.Subject.CommonName, "issuer": c.Issuer.CommonName, "from": c.NotBefore.Format(time.RFC3339),
		"until": c.NotAfter.Format(time.RFC3339), "days_left": strconv.Itoa(left),
	}
	f := x.Fine(PartCertificates, name, x.Say("%s, còn %d ngày (đến %s)", "%s, %d days left (until %s)", c.Subject.CommonName, left, day(c.NotAfter)))
	switch {
	case now.Before(c.NotBefore):
		f = x.Found(PartCertificates, name, health.CertExpired, x.Say("%s chưa có hiệu lực trước %s", "%s is not valid before %s", c.Subject.CommonName, day(c.NotBefore)))
	case now.After(c.NotAfter):
		f = x.Found(PartCertificates, name, health.CertExpired, x.Say("%s hết hạn ngày %s", "%s expired on %s", c.Subject.CommonName, day(c.NotAfter)))
	case c.NotAfter.Sub(now) < soon:
		f = x.Found(PartCertificates, name, health.CertSoon, x.Say("%s còn %d ngày (đến %s)", "%s has %d days left (until %s)", c.Subject.CommonName, left, day(c.NotAfter)))
	}
	return f.with(details)
}

// trust is the folder of the authorities that sign cards.
func (x *examiner) trust(context.Context) []Finding {
	switch {
	case x.Site == nil:
		return []Finding{x.Left(PartTrust, "", x.Say("không có site.yaml", "no site.yaml"))}
	case x.Site.Card.Trust == "":
		return []Finding{x.Fine(PartTrust, "", x.Say("site.yaml không nêu thư mục nào (card.trust): không biết ai ký thẻ",
			"site.yaml names no folder (card.trust): who signs cards is not known")).at(Info)}
	}
	dir := x.Site.Card.Trust
	store, problems, err := trust.Open(dir)
	if err != nil {
		return []Finding{x.Found(PartTrust, "", health.TrustFile, err.Error())}
	}
	now := x.System.Now()
	problems = append(problems, store.Stale(now)...)
	authorities, ending := 0, ""
	for _, e := range store.Entries() {
		if e.Kind != trust.KindAuthority || e.Err != nil || now.After(e.Until) {
			continue
		}
		authorities++
		if e.Until.Sub(now) < soon {
			ending = fmt.Sprintf("%s %s", e.Name, day(e.Until))
		}
	}
	details := map[string]string{"folder": dir, "authorities": strconv.Itoa(authorities)}
	var all []Finding
	for _, p := range problems {
		all = append(all, x.Found(PartTrust, p.File, health.TrustFile, p.Err.Error()))
	}
	switch {
	case authorities == 0:
		all = append(all, x.Found(PartTrust, "", health.TrustFile, x.Say("không còn đơn vị nào có hiệu lực", "no authority in it is valid")))
	case ending != "":
		all = append(all, x.Found(PartTrust, "", health.CertSoon, x.Say("sắp hết hạn: %s", "about to expire: %s", ending)))
	default:
		all = append(all, x.Fine(PartTrust, "", x.Say("%d đơn vị", "%d authorities", authorities)))
	}
	all[len(all)-1] = all[len(all)-1].with(details)
	return all
}

package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/submit"
)

func (x *examiner) network(context.Context) []Finding {
	up, err := x.System.Addresses()
	if err != nil {
		return []Finding{x.Left(PartNetwork, "", err.Error())}
	}
	var with []string
	for _, i := range up {
		for _, a := range i.Addresses {
			if !i.Loopback && a.IsGlobalUnicast() {
				with = append(with, i.Name+" "+a.String())
			}
		}
	}
	if len(with) > 0 {
		text := strings.Join(with, ", ")
		return []Finding{x.Fine(PartNetwork, "", text).with(map[string]string{"addresses": text})}
	}
	text := x.Say("không giao diện nào có địa chỉ", "no interface has an address")
	if x.Site != nil && loopback(x.Site.Gateway.URL) {
		return []Finding{x.Fine(PartNetwork, "", text+x.Say("; cổng ở ngay máy này", "; the gateway is on this machine")).at(Info)}
	}
	return []Finding{x.Found(PartNetwork, "", health.NetAddress, text)}
}

func loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// endpoint gives host and port of an address in site.yaml.
func endpoint(raw, port string) (host, address string, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", "", err
	}
	if p := u.Port(); p != "" {
		port = p
	}
	return u.Hostname(), net.JoinHostPort(u.Hostname(), port), nil
}

// reach resolves and connects. Its finding says which of them failed; code is
// the condition of a server that cannot be connected to.
func (x *examiner) reach(ctx context.Context, part string, code health.Code, host, address string) (net.Conn, []Finding) {
	var all []Finding
	if net.ParseIP(host) == nil {
		began := time.Now()
		found, err := x.System.Lookup(ctx, host)
		if err != nil {
			if code != health.FleetDown { // which is a fault of the watching only
				code = health.NetName
			}
			return nil, []Finding{x.Found(part, "name", code, err.Error())}
		}
		all = append(all, x.took(x.Fine(part, "name", host+": "+strings.Join(found, ", ")), began))
	}
	began := time.Now()
	c, err := x.System.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, append(all, x.Found(part, "connect", code, err.Error()))
	}
	return c, append(all, x.took(x.Fine(part, "connect", x.Say("%s sau %s", "%s in %s", address, brief(time.Since(began)))), began))
}

func (x *examiner) took(f Finding, began time.Time) Finding {
	f.Took = time.Since(began)
	return f
}

// gateway goes the way that a dossier goes, without one.
func (x *examiner) gateway(ctx context.Context) []Finding {
	if x.Site == nil {
		return []Finding{x.Left(PartGateway, "", x.Say("không có site.yaml", "no site.yaml"))}
	}
	g := x.Site.Gateway
	host, address, err := endpoint(g.URL, "443")
	if err != nil {
		return []Finding{x.Found(PartGateway, "", health.ConfigValue, err.Error())}
	}
	c, all := x.reach(ctx, PartGateway, health.NetDown, host, address)
	if c == nil {
		return all
	}
	c.Close()
	id, err := submit.LoadIdentity(g.Cert, g.Key, g.CA)
	if err != nil {
		return append(all, x.Left(PartGateway, "tls", x.Say("thiếu chứng thư của máy: xem mục Chứng thư", "without this machine’s certificate: see Certificates")))
	}
	conf := id.TLS.Clone()
	conf.ServerName, conf.Time = host, x.System.Now
	cert := conf.Certificates[0]
	// Also where the gateway names other authorities: it then says why it
	// refuses, instead of being asked without a certificate.
	conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	f, date, sent, got := x.ask(ctx, conf, address)
	all = append(all, f...)
	if !date.IsZero() {
		all = append(all, x.offset(date, sent, got))
	}
	return all
}

// ask makes the handshake and asks for the gateway's health.
func (x *examiner) ask(ctx context.Context, conf *tls.Config, address string) (all []Finding, date, sent, got time.Time) {
	began := time.Now()
	raw, err := x.System.Dial(ctx, "tcp", address)
	if err != nil {
		return []Finding{x.Found(PartGateway, "tls", health.NetDown, err.Error())}, date, sent, got
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { raw.Close() }) // it fails what waits on it
	defer stop()
	c := tls.Client(raw, conf)
	if err := c.HandshakeContext(ctx); err != nil {
		return []Finding{x.untrusted(ctx, err, conf.ServerName)}, date, sent, got
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	shown := x.took(x.Fine(PartGateway, "tls", x.Say("chứng thư của cổng đến %s", "the gateway’s certificate is valid until %s", day(leaf.NotAfter))), began).
		with(map[string]string{"until": leaf.NotAfter.Format(time.RFC3339), "tls": tls.VersionName(c.ConnectionState().Version)})
	fail := func(err error) ([]Finding, time.Time, time.Time, time.Time) {
		if refused(err) {
			return []Finding{x.Found(PartGateway, "tls", health.GatewayClient, x.Say("cổng từ chối chứng thư của máy này: %v", "the gateway refuses this machine’s certificate: %v", err))}, date, sent, got
		}
		code := health.GatewayHalf
		if ctx.Err() != nil {
			code = health.NetSlow
		}
		return []Finding{shown, x.Found(PartGateway, "answer", code, err.Error())}, date, sent, got
	}
	target, err := url.JoinPath(x.Site.Gateway.URL, "healthz")
	if err != nil {
		return fail(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return fail(err)
	}
	req.Header.Set("User-Agent", "tram06-kiosk")
	req.Close = true
	sent = time.Now()
	// In TLS 1.3 a certificate is refused after the handshake: where the line is
	// closed to us already, the reason can still be read.
	errWrite := req.Write(c)
	resp, err := http.ReadResponse(bufio.NewReader(c), req)
	if err != nil {
		return fail(errors.Join(err, errWrite))
	}
	defer resp.Body.Close()
	got = time.Now()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return fail(err)
	}
	if date, err = http.ParseTime(resp.Header.Get("Date")); err != nil {
		date = time.Time{}
	}
	// The System's clock is what the date is held against.
	now := x.System.Now()
	sent, got = now.Add(-time.Since(sent)), now.Add(-time.Since(got))
	return []Finding{shown, x.answered(resp, got.Sub(sent))}, date, sent, got
}

func (x *examiner) answered(resp *http.Response, took time.Duration) Finding {
	details := map[string]string{"http": fmt.Sprint(resp.StatusCode)}
	f := x.Fine(PartGateway, "answer", x.Say("sẵn sàng, trả lời sau %s", "ready, answers in %s", brief(took)))
	switch {
	case resp.StatusCode >= 500:
		f = x.Found(PartGateway, "answer", health.GatewayError, "HTTP "+resp.Status)
	case resp.StatusCode != http.StatusOK:
		f = x.Found(PartGateway, "answer", health.GatewayHalf, "HTTP "+resp.Status)
	}
	f.Took = took
	return f.with(details)
}

// refused tells an alert of the other side from a broken line.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// untrusted says why a handshake failed, each cause apart: they are mended in
// different places.
func (x *examiner) untrusted(ctx context.Context, err error, host string) Finding {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	found := func(code health.Code, why, text string) Finding {
		return x.Found(PartGateway, "tls", code, text).with(map[string]string{"why": why})
	}
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return found(health.GatewayTLS, "expired", x.Say("chứng thư của cổng hết hạn hoặc chưa có hiệu lực (%s – %s), hoặc giờ máy sai",
			"the gateway’s certificate has expired or is not valid yet (%s – %s), or the clock is wrong", day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter)))
	case errors.As(err, &unknown):
		return found(health.GatewayTLS, "unknown-authority", x.Say("chứng thư của cổng không do gateway.ca cấp", "the gateway’s certificate was not issued by gateway.ca"))
	case errors.As(err, &name):
		return found(health.GatewayTLS, "wrong-name", x.Say("chứng thư của cổng không phải cho %s mà cho %s", "the gateway’s certificate is not for %s but for %s",
			host, strings.Join(append(name.Certificate.DNSNames, addressesOf(name.Certificate)...), ", ")))
	case refused(err):
		return found(health.GatewayClient, "refused", x.Say("cổng từ chối chứng thư của máy này: %v", "the gateway refuses this machine’s certificate: %v", err))
	case ctx.Err() != nil:
		return found(health.NetSlow, "slow", x.Say("bắt tay TLS không xong", "the TLS handshake does not end"))
	}
	return found(health.GatewayTLS, "other", err.Error())
}

func addressesOf(c *x509.Certificate) []string {
	var all []string
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	return all
}

func day(t time.Time) string { return t.Format("02/01/2006") }

// fleet connects as the kiosk does, unless that one does already.
func (x *examiner) fleet(ctx context.Context) []Finding {
	if x.Site == nil || x.Site.Fleet == nil {
		return []Finding{x.Left(PartFleet, "", x.Say("không khai báo", "none is set up"))}
	}
	host, address, err := endpoint(x.Site.Fleet.URL, "4222")
	if err != nil {
		return []Finding{x.Found(PartFleet, "", health.ConfigValue, err.Error())}
	}
	c, all := x.reach(ctx, PartFleet, health.FleetDown, host, address)
	if c == nil {
		return all
	}
	c.Close()
	if x.Fleet == nil {
		return all
	}
	began := time.Now()
	if err := x.Fleet(ctx); err != nil {
		return append(all, x.Found(PartFleet, "log-in", health.FleetDown, err.Error()))
	}
	return append(all, x.took(x.Fine(PartFleet, "log-in", x.Say("máy chủ nhận máy này", "it knows this machine")), began))
}

package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tram06/devdock/devpki"
	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/gateway"
)

func pki(t *testing.T, at time.Time) devpki.Files {
	t.Helper()
	f, err := devpki.Make(t.TempDir(), "SM06", at)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// site of a kiosk with these certificates.
func site(f devpki.Files, url string) *config.Site {
	return &config.Site{ID: "SM06", Place: "UBND xã Suối Mây", Gateway: config.Gateway{URL: url, CA: f.CA, Cert: f.KioskCert, Key: f.KioskKey, HPKEKey: f.HPKEPublic}}
}

// server is a gateway as far as the examination goes: its TLS and one answer.
func server(t *testing.T, conf *tls.Config, answer http.HandlerFunc) (addr string) {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: answer, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = srv.Serve(ln) }() // closed below
	t.Cleanup(func() { srv.Close(); <-ended })
	return ln.Addr().String()
}

func trusting(t *testing.T, f devpki.Files, now time.Time) *tls.Config {
	t.Helper()
	conf, err := gateway.TLSConfig(f.GatewayCert, f.GatewayKey, f.CA)
	if err != nil {
		t.Fatal(err)
	}
	conf.Time = func() time.Time { return now }
	return conf
}

func says(status int, date time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
		if r.URL.Path != "/healthz" {
			status = http.StatusTeapot
		}
		w.WriteHeader(status)
	}
}

// summary is a finding in one line.
func summary(f Finding) string {
	s := f.Part
	if f.Name != "" {
		s += "." + f.Name
	}
	s += " " + string(f.State)
	if f.Code != "" {
		s += " " + string(f.Code)
	}
	if w := f.Details["why"]; w != "" {
		s += " " + w
	}
	return s
}

func summaries(all []Finding) string {
	var s []string
	for _, f := range all {
		s = append(s, summary(f))
	}
	return strings.Join(s, "\n")
}

// stranger is a device with a certificate that it made itself.
func stranger(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Stranger"}, NotBefore: noon.AddDate(0, 0, -1), NotAfter: noon.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile
}

func TestGateway(t *testing.T) {
	ours, theirs := pki(t, noon), pki(t, noon)
	mixed := ours
	mixed.KioskCert, mixed.KioskKey = theirs.KioskCert, theirs.KioskKey
	// An authority by another name: unlike the one above, the gateway does not
	// even ask for its certificates.
	strange := ours
	strange.KioskCert, strange.KioskKey = stranger(t)
	fine := says(http.StatusOK, noon)
	good := trusting(t, ours, noon)
	const name = "gateway.example.vn"
	behind := server(t, good, http.StripPrefix("/kiosks", fine).ServeHTTP)
	for _, x := range []struct {
		name   string
		addr   string
		files  devpki.Files
		url    string // "" is the server's own address
		now    time.Time
		wanted []string
	}{
		{"all is well", server(t, good, fine), ours, "", noon, []string{"gateway.connect ok", "gateway.tls ok", "gateway.answer ok", "time.offset ok"}},
		{"behind a path", behind, ours, "https://" + behind + "/kiosks/", noon, []string{"gateway.connect ok", "gateway.tls ok", "gateway.answer ok", "time.offset ok"}},
		{"the gateway's certificate has expired", server(t, good, fine), ours, "", noon.AddDate(1, 0, 0), []string{"gateway.connect ok", "gateway.tls error MANG-307 expired"}},
		{"another authority", server(t, trusting(t, theirs, noon), fine), ours, "", noon, []string{"gateway.connect ok", "gateway.tls error MANG-307 unknown-authority"}},
		{"another name", server(t, good, fine), ours, "https://" + name, noon, []string{"gateway.name ok", "gateway.connect ok", "gateway.tls error MANG-307 wrong-name"}},
		{"our certificate is of another authority", server(t, good, fine), mixed, "", noon, []string{"gateway.connect ok", "gateway.tls error MANG-308"}},
		{"our certificate is of an authority that the gateway never heard of", server(t, good, fine), strange, "", noon, []string{"gateway.connect ok", "gateway.tls error MANG-308"}},
		{"our certificate has expired for the gateway", server(t, trusting(t, ours, noon.AddDate(1, 0, 0)), fine), ours, "", noon, []string{"gateway.connect ok", "gateway.tls error MANG-308"}},
		{"its store fails", server(t, good, says(http.StatusServiceUnavailable, noon)), ours, "", noon,
			[]string{"gateway.connect ok", "gateway.tls ok", "gateway.answer warn MANG-303", "time.offset ok"}},
		{"something else answers", server(t, good, says(http.StatusNotFound, noon)), ours, "", noon,
			[]string{"gateway.connect ok", "gateway.tls ok", "gateway.answer warn MANG-304", "time.offset ok"}},
		{"it hangs up", server(t, good, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), ours, "", noon,
			[]string{"gateway.connect ok", "gateway.tls ok", "gateway.answer warn MANG-304"}},
		{"our clock is a minute behind", server(t, good, fine), ours, "", noon.Add(-time.Minute), []string{"gateway.connect ok", "gateway.tls ok", "gateway.answer ok", "time.offset warn MAY-652"}},
		{"our clock is an hour ahead", server(t, good, fine), ours, "", noon.Add(time.Hour), []string{"gateway.connect ok", "gateway.tls ok", "gateway.answer ok", "time.offset error MAY-627"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			url := x.url
			if url == "" {
				url = "https://" + x.addr
			}
			sys := quiet()
			sys.Now = func() time.Time { return x.now }
			sys.Lookup = func(_ context.Context, host string) ([]string, error) { return []string{"192.0.2.1"}, nil }
			sys.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, x.addr)
			}
			got := Examine(t.Context(), Options{Site: site(x.files, url), Only: []string{PartGateway}, Lang: "en", System: sys})
			if s := summaries(got); s != strings.Join(x.wanted, "\n") {
				t.Errorf("got\n%s\n%+v", s, got)
			}
			for _, f := range got {
				for _, key := range []string{"offset_s", "unsure_s"} {
					if v, err := strconv.ParseFloat(f.Details[key], 64); f.Name == "offset" && (err != nil || key == "unsure_s" && v < 0.5) {
						t.Errorf("%s is no number of seconds: %q", key, f.Details[key])
					}
				}
			}
		})
	}
}

func TestGatewayOutOfReach(t *testing.T) {
	f := pki(t, noon)
	see := func(change func(*System)) string {
		sys := quiet()
		sys.Lookup = func(context.Context, string) ([]string, error) { return []string{"192.0.2.1"}, nil }
		change(&sys)
		return summaries(Examine(t.Context(), Options{Site: site(f, "https://gateway.example.vn:8443"), Only: []string{PartGateway}, Limit: 100 * time.Millisecond, Lang: "en", System: sys}))
	}
	if s := see(func(s *System) {
		s.Lookup = func(context.Context, string) ([]string, error) { return nil, &net.DNSError{Name: "gateway.example.vn"} }
	}); s != "gateway.name error MANG-306" {
		t.Error(s)
	}
	if s := see(func(*System) {}); s != "gateway.name ok\ngateway.connect warn MANG-301" {
		t.Error(s)
	}
	// A server that takes the connection and says nothing.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	mute := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "gateway.example.vn:8443" {
			t.Errorf("dialled %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, ln.Addr().String())
	}
	if s := see(func(s *System) { s.Dial = mute }); s != "gateway.name ok\ngateway.connect ok\ngateway.tls warn MANG-302 slow" {
		t.Error(s)
	}
	// Without this machine's certificate there is nothing to ask with.
	f.KioskKey = filepath.Join(t.TempDir(), "none")
	if s := see(func(s *System) { s.Dial = mute }); s != "gateway.name ok\ngateway.connect ok\ngateway.tls skipped" {
		t.Error(s)
	}
}

func TestNetwork(t *testing.T) {
	local := Interface{Name: "lo", Loopback: true, Addresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	link := Interface{Name: "eth0", Addresses: []net.IP{net.ParseIP("fe80::1")}}
	lan := Interface{Name: "eth0", Addresses: []net.IP{net.ParseIP("fe80::1"), net.IPv4(10, 0, 0, 7)}}
	for _, x := range []struct {
		up   []Interface
		url  string
		want string
	}{
		{[]Interface{local, lan}, "https://gateway.example.vn", "network ok"},
		{[]Interface{{Name: "lo", Loopback: true, Addresses: []net.IP{net.IPv4(10, 0, 0, 1)}}}, "https://gateway.example.vn", "network error MANG-305"},
		{[]Interface{local, link}, "https://gateway.example.vn", "network error MANG-305"},
		{nil, "https://gateway.example.vn", "network error MANG-305"},
		{[]Interface{local}, "https://127.0.0.1:8443", "network info"},
	} {
		sys := quiet()
		sys.Addresses = func() ([]Interface, error) { return x.up, nil }
		got := Examine(t.Context(), Options{Site: &config.Site{Gateway: config.Gateway{URL: x.url}}, Only: []string{PartNetwork}, System: sys})
		if s := summaries(got); s != x.want {
			t.Errorf("%v: %s", x.up, s)
		}
	}
}

func TestFleet(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	reach := new(net.Dialer).DialContext
	for _, x := range []struct {
		name   string
		url    string
		dial   func(context.Context, string, string) (net.Conn, error)
		log    func(context.Context) error
		wanted string
	}{
		{"none", "", reach, nil, "fleet skipped"},
		{"it knows us", "nats://" + ln.Addr().String(), reach, func(context.Context) error { return nil }, "fleet.connect ok\nfleet.log-in ok"},
		{"it does not", "nats://" + ln.Addr().String(), reach, func(context.Context) error { return errors.New("authorization violation") }, "fleet.connect ok\nfleet.log-in warn MANG-310"},
		{"nobody can log in", "nats://" + ln.Addr().String(), reach, nil, "fleet.connect ok"},
		{"out of reach", "nats://127.0.0.1:1", quiet().Dial, nil, "fleet.connect warn MANG-310"},
		{"no such name", "tls://fleet.example.vn", reach, nil, "fleet.name warn MANG-310"},
	} {
		sys := quiet()
		sys.Dial = x.dial
		s := &config.Site{}
		if x.url != "" {
			s.Fleet = &config.Fleet{URL: x.url}
		}
		if got := summaries(Examine(t.Context(), Options{Site: s, Fleet: x.log, Only: []string{PartFleet}, Lang: "en", System: sys})); got != x.wanted {
			t.Errorf("%s: %s", x.name, got)
		}
	}
}

func TestCertificates(t *testing.T) {
	good, other := pki(t, noon), pki(t, noon)
	const fine = "certificates.gateway.cert ok\ncertificates.gateway.ca ok\ncertificates.gateway.hpke_key ok"
	none := filepath.Join(t.TempDir(), "none.pem")
	garbage := filepath.Join(t.TempDir(), "garbage.pem")
	if err := os.WriteFile(garbage, []byte("-----BEGIN NOTHING-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := pki(t, noon)
	if err := os.Chmod(open.KioskKey, 0o644); err != nil {
		t.Fatal(err)
	}
	// While authorities change both are in the file.
	both := filepath.Join(t.TempDir(), "both.pem")
	old, err := os.ReadFile(pki(t, noon.AddDate(0, 0, -80)).CA)
	if err != nil {
		t.Fatal(err)
	}
	young, err := os.ReadFile(good.CA)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(both, append(old, young...), 0o600); err != nil {
		t.Fatal(err)
	}
	swap := func(from, to string) string { return strings.Replace(fine, from, to, 1) }
	for _, x := range []struct {
		name   string
		change func(*devpki.Files)
		now    time.Time
		wanted string
	}{
		{"good", func(*devpki.Files) {}, noon, fine},
		{"31 days left", func(*devpki.Files) {}, noon.AddDate(0, 0, 90-31), fine},
		{"29 days left", func(*devpki.Files) {}, noon.AddDate(0, 0, 90-29),
			"certificates.gateway.cert warn MAY-635\ncertificates.gateway.ca warn MAY-635\ncertificates.gateway.hpke_key ok"},
		{"expired", func(*devpki.Files) {}, noon.AddDate(0, 0, 91),
			"certificates.gateway.cert error MAY-636\ncertificates.gateway.ca error MAY-636\ncertificates.gateway.hpke_key ok"},
		{"not valid yet", func(*devpki.Files) {}, noon.AddDate(0, 0, -2),
			"certificates.gateway.cert error MAY-636\ncertificates.gateway.ca error MAY-636\ncertificates.gateway.hpke_key ok"},
		{"another's key", func(f *devpki.Files) { f.KioskKey = other.KioskKey }, noon, swap("gateway.cert ok", "gateway.cert error MAY-637")},
		{"no key", func(f *devpki.Files) { f.KioskKey = none }, noon, swap("gateway.cert ok", "gateway.cert error CH-504")},
		{"a key that others may read", func(f *devpki.Files) { *f = open }, noon, swap("gateway.cert ok", "gateway.cert error MAY-637")},
		{"no authority", func(f *devpki.Files) { f.CA = none }, noon, swap("gateway.ca ok", "gateway.ca error CH-504")},
		{"an old authority beside its successor", func(f *devpki.Files) { f.CA = both }, noon, fine},
		{"an authority that is none", func(f *devpki.Files) { f.CA = garbage }, noon, swap("gateway.ca ok", "gateway.ca error MAY-637")},
		{"a private sealing key", func(f *devpki.Files) { f.HPKEPublic = f.HPKEPrivate }, noon, swap("hpke_key ok", "hpke_key error MAY-637")},
	} {
		f := good
		x.change(&f)
		sys := quiet()
		sys.Now = func() time.Time { return x.now }
		got := Examine(t.Context(), Options{Site: site(f, "https://gateway.example.vn"), Only: []string{PartCertificates}, Lang: "en", System: sys})
		if s := summaries(got); s != x.wanted {
			t.Errorf("%s: got\n%s\n%+v", x.name, s, got)
		}
		for _, f := range got {
			if strings.Contains(fmt.Sprint(f), "PRIVATE") {
				t.Errorf("%s: %+v", x.name, f)
			}
		}
	}
}

func TestFleetsCredentials(t *testing.T) {
	s := site(pki(t, noon), "https://gateway.example.vn")
	s.Fleet = &config.Fleet{URL: "nats://127.0.0.1:1", Credentials: "fleet.creds"}
	for wanted, err := range map[string]error{"ok": nil, "error CH-504": errors.New("others may read it")} {
		got := Examine(t.Context(), Options{Site: s, Only: []string{PartCertificates}, Lang: "en", System: quiet(), Credentials: func(path string) error {
			if path != "fleet.creds" {
				t.Errorf("read %s", path)
			}
			return err
		}})
		if s := summary(got[len(got)-1]); s != "certificates.fleet.credentials "+wanted {
			t.Error(s)
		}
	}
	if _, ok := health.Lookup(health.GatewayClient); !ok {
		t.Error("no words for a certificate that was refused")
	}
}

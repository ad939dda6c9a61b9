package stack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tram06/boards"
	"tram06/devdock/devpki"
	"tram06/devdock/faultproxy"
	"tram06/devdock/pcscd"
	"tram06/devdock/portal"
	"tram06/devdock/web"
	"tram06/devdock/world"
	"tram06/firmware/config"
	"tram06/fleet/api"
	"tram06/ui/panel"
)

// portalTime is how long the gateway waits for the simulated portal, so that a
// person at the page need not wait longer to see that it is slow.
const portalTime = 5 * time.Second

// startPortal starts the simulated portal that the gateway hands dossiers to.
func (s *Stack) startPortal(_, _ context.Context) error {
	var err error
	if s.PKI, err = devpki.Make(s.path("pki"), Kiosk, time.Now()); err != nil {
		return fmt.Errorf("development certificates: %w", err)
	}
	cert, err := tls.LoadX509KeyPair(s.PKI.GatewayCert, s.PKI.GatewayKey)
	if err != nil {
		return err
	}
	s.Portal = portal.New(portal.Options{})
	if err := s.Portal.Listen(cert); err != nil {
		return err
	}
	s.later(s.Portal.Close)
	return nil
}

func (s *Stack) startGateway(ctx, _ context.Context) error {
	ready := s.path("gateway.ready")
	os.Remove(ready)
	args := func(listen string) []string {
		return []string{"serve", "--listen", listen, "--state", s.path("gateway"), "--ready", ready,
			"--tls-cert", s.PKI.GatewayCert, "--tls-key", s.PKI.GatewayKey, "--client-ca", s.PKI.CA, "--hpke-key", s.PKI.HPKEPrivate,
			"--portal", s.Portal.URL(), "--portal-ca", s.PKI.CA, "--portal-timeout", portalTime.String()}
	}
	s.Gateway = s.proc("gateway", "gateway", args("127.0.0.1:0")...)
	if err := s.Gateway.Start(); err != nil {
		return err
	}
	addr, err := s.Gateway.awaitFile(ctx, ready)
	if err != nil {
		return err
	}
	s.Gateway.setArgs(args(addr)) // where it comes back if it is started again

	server, err := tls.LoadX509KeyPair(s.PKI.GatewayCert, s.PKI.GatewayKey)
	if err != nil {
		return err
	}
	client, err := tls.LoadX509KeyPair(s.PKI.KioskCert, s.PKI.KioskKey)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(s.PKI.CA)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	s.Proxy, err = faultproxy.Start("https://"+addr, server, &tls.Config{Certificates: []tls.Certificate{client}, RootCAs: pool, MinVersion: tls.VersionTLS13})
	if err != nil {
		return err
	}
	s.later(s.Proxy.Close)
	return nil
}

func (s *Stack) startFleet(ctx, _ context.Context) error {
	args := func(web, nats string) []string {
		return []string{"serve", "--state", s.path("fleet"), "--listen", web, "--nats", nats}
	}
	s.FleetP = s.proc("fleet", "fleet", args("127.0.0.1:0", "127.0.0.1:0")...)
	r, w := io.Pipe()
	s.FleetP.stdout = w
	if err := s.FleetP.Start(); err != nil {
		return err
	}
	type addresses struct{ Web, NATS string }
	got := make(chan addresses, 1)
	go func() {
		sc := bufio.NewScanner(r)
		for sc.Scan() {
			var a addresses
			if json.Unmarshal(sc.Bytes(), &a) == nil && a.Web != "" {
				select {
				case got <- a:
				default: // a later run; it serves where the first did
				}
			}
		}
	}()
	var a addresses
	select {
	case a = <-got:
	case <-s.FleetP.Done():
		return fmt.Errorf("fleet ended at once:\n%s", s.FleetP.tail())
	case <-ctx.Done():
		return fmt.Errorf("fleet does not get ready:\n%s", s.FleetP.tail())
	}
	webAddr, err := hostOf(a.Web)
	if err != nil {
		return err
	}
	natsAddr, err := hostOf(a.NATS)
	if err != nil {
		return err
	}
	s.FleetP.setArgs(args(webAddr, natsAddr))
	s.Fleet, s.nats = a.Web, a.NATS

	creds := s.credentials()
	if _, err := os.Stat(creds); err == nil {
		return nil // the fleet knows this kiosk from an earlier run
	}
	out, err := s.Command(ctx, "fleet", "kiosk", "add", Kiosk, "--state", s.path("fleet"), "--out", creds)
	if err != nil {
		return fmt.Errorf("add the kiosk to the fleet: %w\n%s", err, out)
	}
	return nil
}

func (s *Stack) credentials() string { return s.path("fleet.creds") }

func hostOf(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	return u.Host, nil
}

// Command runs one of the programs to its end and gives what it printed.
func (s *Stack) Command(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.o.Bin, program), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

func (s *Stack) startWorld(_, run context.Context) error {
	var err error
	s.World, err = world.New(run, world.Options{
		Reader: s.reader.Addr, Line: filepath.Join(s.short, "scanner"), Proxy: s.Proxy, Rand: rand.Reader, Log: s.o.Say,
		Trust: s.path("csca"), Air: s.o.Air,
		Portal: s.Portal, Files: filepath.Join(s.short, "board"), PaperSpeed: s.o.PaperSpeed,
		Links:  []web.Link{{URL: s.Fleet + "/kiosk/" + Kiosk, Text: "The fleet's page"}},
		Unplug: s.UnplugReader, Plug: s.PlugReader,
	})
	if err != nil {
		return err
	}
	s.later(s.World.Lift)
	srv := &http.Server{Handler: web.New(s.World), ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(s.ln) }()
	s.later(func() error {
		err := srv.Close()
		<-served
		return ignoreClosed(err)
	})
	return nil
}

func (s *Stack) startKiosk(ctx, run context.Context) error {
	board, site := s.path("board.yaml"), s.path("site.yaml")
	if err := os.WriteFile(board, []byte(s.boardOverlay()), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(site, []byte(s.site()), 0o600); err != nil {
		return err
	}
	args := []string{"run", "--board", "desktop", "--board-overlay", board, "--site", site, "--state", s.path("kiosk"), "--log", "json"}
	if s.o.Overlay != "" {
		args = append(args, "--board-overlay", s.o.Overlay)
	}
	if !s.o.Window {
		args = append(args, "--panel", s.Panel)
	}
	s.KioskP = s.proc("kiosk", s.o.Kiosk, args...)
	own, err := s.ownReader(board)
	if err != nil {
		return err
	}
	if !own { // a real reader belongs to the machine's daemon
		s.KioskP.env = []string{pcscd.Env + "=" + s.reader.Socket}
	}
	if err := s.KioskP.Start(); err != nil {
		return err
	}
	first := s.KioskP.Done()
	if s.o.Keep { // or nothing would bring them back
		s.World.SetPower(
			world.Powered{ID: "kiosk", Text: "Cut kiosk's power", Cut: s.KioskP.Kill},
			world.Powered{ID: "gateway", Text: "Cut gateway's power", Cut: s.Gateway.Kill})
	}
	fleet, err := api.NewClient(s.Fleet, &http.Client{Timeout: 5 * time.Second})
	if err != nil {
		return err
	}
	go s.World.FollowFleet(run, fleet, Kiosk)
	if s.o.Window {
		s.World.NoScreen("The kiosk is in a window of its own.")
		return nil
	}
	if s.o.Blind {
		s.World.NoScreen("Nobody looks at the screen in this run.")
	} else {
		go s.World.Follow(run, s.Panel)
	}
	// A kiosk that ends before it showed anything would only do so again.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-first:
			cancel()
		case <-ctx.Done():
		}
	}()
	err = s.firstScreen(ctx)
	select {
	case <-first:
		return fmt.Errorf("the kiosk ended at once:\n%s", s.KioskP.tail())
	default:
		return err
	}
}

func (s *Stack) firstScreen(ctx context.Context) error {
	c, err := s.DialPanel(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.AwaitName(ctx, "attract"); err != nil {
		return fmt.Errorf("the kiosk shows nothing: %w\n%s", err, s.KioskP.tail())
	}
	return nil
}

// DialPanel connects to the kiosk's screen, as soon as there is one.
func (s *Stack) DialPanel(ctx context.Context) (*panel.Client, error) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for {
		c, err := panel.Dial(ctx, s.Panel)
		if err == nil {
			return c, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("the kiosk's screen does not come:\n%s", s.KioskP.tail()), err)
		case <-t.C:
		}
	}
}

// boardOverlay plugs the simulated devices into the desktop's board.
func (s *Stack) boardOverlay() string {
	scanner, printer := s.World.Devices()
	var b strings.Builder
	fmt.Fprintf(&b, "# The simulated devices of this run.\ndevices:\n  reader: %q\n  scanner: %q\n  printer: %q\n", virtualReader, scanner, printer)
	for _, f := range s.World.Fittings() {
		fmt.Fprintf(&b, "  %s: %q\n", f.Name, string(f.URI))
	}
	return b.String()
}

const virtualReader = "pcsc:///?reader=Tram+06"

// ownReader tells whether the further board file names another card reader
// than the virtual one.
func (s *Stack) ownReader(board string) (bool, error) {
	if s.o.Overlay == "" {
		return false, nil
	}
	b, err := config.LoadBoard(config.File{FS: boards.FS, Path: boards.Path("desktop")}, config.OnDisk(board), config.OnDisk(s.o.Overlay))
	return string(b.Devices.Reader) != virtualReader, err
}

// site is a made-up commune.
func (s *Stack) site() string {
	return fmt.Sprintf(`# A made-up commune, written anew at each start.
id: %s
kiosk: {name: "Trạm 06", number: 1}
place: "UBND xã Suối Mây"
authority: "Công an xã Suối Mây"
controller: "UBND xã Suối Mây"
counter: "1"
phone: "0000 000 006"
services: [residence_confirmation]
card: {trust: %q}
gateway:
  url: %q
  ca: %q
  cert: %q
  key: %q
  hpke_key: %q
fleet:
  url: %q
  credentials: %q
  interval: %dms
%s`, Kiosk, s.path("csca"), s.Proxy.URL(), s.PKI.CA, s.PKI.KioskCert, s.PKI.KioskKey, s.PKI.HPKEPublic, s.nats, s.credentials(), s.o.Interval.Milliseconds(), s.o.Site)
}

// Logs is the folder of the programs' logs.
func (s *Stack) Logs() string { return filepath.Join(s.o.Dir, "logs") }

// Dossiers asks the gateway for the ids of all dossiers, the oldest first.
func (s *Stack) Dossiers(ctx context.Context) ([]string, error) {
	out, err := s.Command(ctx, "gateway", "dossier", "list", "--state", s.path("gateway"), "--limit", "1000000", "--output", "json")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID         string    `json:"id"`
		ReceivedAt time.Time `json:"received_at"`
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		return nil, fmt.Errorf("gateway dossier list: %w", err)
	}
	slices.SortFunc(rows, func(a, b struct {
		ID         string    `json:"id"`
		ReceivedAt time.Time `json:"received_at"`
	}) int {
		return a.ReceivedAt.Compare(b.ReceivedAt)
	})
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// Dossier has the gateway open one dossier, as an authorised operator may.
func (s *Stack) Dossier(ctx context.Context, id string) (json.RawMessage, error) {
	return s.Command(ctx, "gateway", "dossier", "show", id, "--state", s.path("gateway"),
		"--hpke-key", s.PKI.HPKEPrivate, "--output", "json")
}

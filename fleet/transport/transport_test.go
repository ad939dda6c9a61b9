package transport_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"tram06/fleet/store"
	"tram06/fleet/transport"
	"tram06/fleet/wire"
)

// table is a device table in memory.
type table struct {
	mu   sync.Mutex
	keys map[string]string // public key -> id
}

func (t *table) ByKey(_ context.Context, key string) (store.Kiosk, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.keys[key]; ok {
		return store.Kiosk{ID: id, PublicKey: key}, nil
	}
	return store.Kiosk{}, store.ErrUnknown
}

type message struct{ subject, body string }

// broker is a running transport that hands on what it was told.
type broker struct {
	*testing.T
	*transport.Broker
	table  *table
	heard  chan message
	events chan message
}

func start(t *testing.T, change func(*transport.Options)) *broker {
	b := &broker{T: t, table: &table{keys: map[string]string{}}, heard: make(chan message, 16), events: make(chan message, 16)}
	o := transport.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Table: b.table, Log: slog.New(slog.DiscardHandler),
		Status: func(s string, body []byte) error { b.heard <- message{s, string(body)}; return nil },
		Event:  func(s string, body []byte) error { b.events <- message{s, string(body)}; return nil }}
	if change != nil {
		change(&o)
	}
	var err error
	if b.Broker, err = transport.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func (b *broker) enrol(id string) wire.Credentials {
	b.Helper()
	c, public, err := wire.NewCredentials(id)
	if err != nil {
		b.Fatal(err)
	}
	b.table.mu.Lock()
	defer b.table.mu.Unlock()
	b.table.keys[public] = id
	return c
}

// kiosk connects as one, and gives the errors the server sends.
func (b *broker) kiosk(c wire.Credentials) (*nats.Conn, <-chan error) {
	b.Helper()
	public, err := c.Public()
	if err != nil {
		b.Fatal(err)
	}
	errs := make(chan error, 16)
	nc, err := nats.Connect(b.URL(), nats.Nkey(public, c.Sign), nats.NoReconnect(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { errs <- err }))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	return nc, errs
}

func (b *broker) get(c <-chan message) message {
	b.Helper()
	select {
	case m := <-c:
		return m
	case <-b.Context().Done():
		b.Fatal("nothing came")
		return message{}
	}
}

func TestKioskSpeaksForItselfAlone(t *testing.T) {
	b := start(t, nil)
	six := b.enrol("SM06")
	b.enrol("SM07")
	nc, errs := b.kiosk(six)
	for _, subject := range []string{wire.StatusSubject("SM07"), wire.EventSubject("SM07"), wire.CommandSubject("SM07"),
		wire.CommandSubject("SM06"), "kiosk.SM06", "kiosk.SM06.status.more", "elsewhere", "_INBOX.guess", "$SYS.REQ.SERVER.PING"} {
		if err := nc.Publish(subject, []byte("lie")); err != nil {
			t.Fatal(err)
		}
		if err := <-errs; !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("publish %s: %v, want a permissions violation", subject, err)
		}
	}
	// Its own comes through, and is the first that does.
	if err := nc.Publish(wire.StatusSubject("SM06"), []byte("truth")); err != nil {
		t.Fatal(err)
	}
	if m := b.get(b.heard); m != (message{"kiosk.SM06.status", "truth"}) {
		t.Errorf("heard %+v", m)
	}
	if err := nc.Publish(wire.EventSubject("SM06"), []byte("bye")); err != nil {
		t.Fatal(err)
	}
	if m := b.get(b.events); m != (message{"kiosk.SM06.event", "bye"}) {
		t.Errorf("heard %+v", m)
	}
}

func TestKioskHearsItselfAlone(t *testing.T) {
	b := start(t, nil)
	nc, errs := b.kiosk(b.enrol("SM06"))
	for _, subject := range []string{wire.CommandSubject("SM07"), "kiosk.*.cmd", wire.All, "kiosk.>", ">", "_INBOX.>", wire.StatusSubject("SM06")} {
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		if err := <-errs; !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("subscribe %s: %v, want a permissions violation", subject, err)
		}
	}
}

// TestKeepsOrder: a goodbye never overtakes the status that went before it.
func TestKeepsOrder(t *testing.T) {
	const pairs = 500
	heard := make(chan string, 2*pairs)
	b := start(t, func(o *transport.Options) {
		o.Status = func(_ string, body []byte) error { heard <- string(body); return nil }
		o.Event = o.Status
	})
	nc, _ := b.kiosk(b.enrol("SM06"))
	for i := range pairs {
		for _, subject := range []string{wire.StatusSubject("SM06"), wire.EventSubject("SM06")} {
			if err := nc.Publish(subject, fmt.Appendf(nil, "%s %d", subject, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	for i := range pairs {
		for _, subject := range []string{wire.StatusSubject("SM06"), wire.EventSubject("SM06")} {
			if got, want := <-heard, fmt.Sprintf("%s %d", subject, i); got != want {
				t.Fatalf("heard %q, want %q", got, want)
			}
		}
	}
}

func TestPing(t *testing.T) {
	b := start(t, nil)
	nc, errs := b.kiosk(b.enrol("SM06"))
	answer := func(r wire.Reply) func(*nats.Msg) {
		return func(m *nats.Msg) {
			body, err := wire.Encode(r)
			if err == nil {
				err = m.Respond(body)
			}
			if err == nil {
				err = m.Respond(body) // a second answer is one too many
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := b.Ping(t.Context(), "SM06"); !errors.Is(err, transport.ErrSilent) {
		t.Errorf("nobody listens: %v, want ErrSilent", err)
	}
	sub, err := nc.Subscribe(wire.CommandSubject("SM06"), answer(wire.Reply{V: 1, ID: "SM06", Kind: wire.Pong, SentAt: time.Unix(0, 0)}))
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Ping(t.Context(), "SM06"); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := <-errs; !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("second answer: %v, want a permissions violation", err)
	}
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Subscribe(wire.CommandSubject("SM06"), answer(wire.Reply{V: 1, ID: "SM07", Kind: wire.Pong, SentAt: time.Unix(0, 0)})); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Ping(t.Context(), "SM06"); !errors.Is(err, wire.ErrValue) {
		t.Errorf("answer in another's name: %v, want ErrValue", err)
	}
	// Until the second answer was refused the kiosk is not done sending.
	if err := <-errs; !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("second answer in another's name: %v, want a permissions violation", err)
	}
}

func TestStrangersStayOut(t *testing.T) {
	b := start(t, nil)
	stranger, public, err := wire.NewCredentials("SM06")
	if err != nil {
		t.Fatal(err)
	}
	own := b.enrol("SM07")
	ownPublic, err := own.Public()
	if err != nil {
		t.Fatal(err)
	}
	for name, opt := range map[string]nats.Option{
		"nothing":               nats.Name("x"),
		"password":              nats.UserInfo("fleet", ""),
		"token":                 nats.Token("SM07"),
		"key not in the table":  nats.Nkey(public, stranger.Sign),
		"another's public key":  nats.Nkey(ownPublic, stranger.Sign),
		"signature of nothing":  nats.Nkey(ownPublic, func([]byte) ([]byte, error) { return own.Sign(nil) }),
		"signature of old days": nats.Nkey(ownPublic, func([]byte) ([]byte, error) { return own.Sign([]byte("yesterday's nonce")) }),
	} {
		nc, err := nats.Connect(b.URL(), opt, nats.NoReconnect())
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v, want an authorization violation", name, err)
		}
		if nc != nil {
			nc.Close()
		}
	}
}

func TestDropsWithdrawnKeys(t *testing.T) {
	b := start(t, nil)
	six, seven := b.enrol("SM06"), b.enrol("SM07")
	keyOfSeven, err := seven.Public()
	if err != nil {
		t.Fatal(err)
	}
	out, _ := b.kiosk(six)
	stays, _ := b.kiosk(seven)
	closed := make(chan struct{})
	out.SetClosedHandler(func(*nats.Conn) { close(closed) })
	b.Drop(map[string]string{"SM06": "a newer key", "SM07": keyOfSeven})
	<-closed
	if err := stays.Flush(); err != nil {
		t.Errorf("the other kiosk was dropped too: %v", err)
	}
}

// TestHostileMegabyte speaks the protocol by hand, since a client library
// keeps the server's limit by itself.
func TestHostileMegabyte(t *testing.T) {
	b := start(t, nil)
	c := b.enrol("SM06")
	u, err := url.Parse(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		Nonce      string `json:"nonce"`
		MaxPayload int    `json:"max_payload"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "INFO ")), &info); err != nil {
		t.Fatal(err)
	}
	sig, err := c.Sign([]byte(info.Nonce))
	if err != nil {
		t.Fatal(err)
	}
	public, err := c.Public()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "CONNECT {\"nkey\":%q,\"sig\":%q,\"verbose\":false,\"pedantic\":false,\"lang\":\"go\",\"protocol\":1}\r\nPING\r\n",
		public, base64.RawURLEncoding.EncodeToString(sig))
	if line, err = in.ReadString('\n'); err != nil || line != "PONG\r\n" {
		t.Fatalf("connect: %q, %v", line, err)
	}
	fmt.Fprintf(conn, "PUB kiosk.SM06.status %d\r\n", 1<<20)
	for {
		line, err = in.ReadString('\n')
		if err != nil {
			t.Fatalf("closed without a word: %v", err)
		}
		if strings.HasPrefix(line, "-ERR") {
			break
		}
	}
	if !strings.Contains(line, "Maximum Payload") {
		t.Errorf("answer %q, want a payload violation", line)
	}
	select {
	case m := <-b.heard:
		t.Errorf("heard %d bytes", len(m.body))
	default:
	}
}

func TestStartRefuses(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "open.conf")
	if err := os.WriteFile(conf, []byte("host: \"0.0.0.0\"\nport: -1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.conf")
	if err := os.WriteFile(broken, []byte("port: {"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, o := range map[string]transport.Options{
		"every address without TLS": {Listen: "0.0.0.0:0"},
		"no host without TLS":       {Listen: ":0"},
		"configuration without TLS": {ConfigFile: conf},
	} {
		o.Dir, o.Table, o.Log = t.TempDir(), &table{}, slog.New(slog.DiscardHandler)
		if _, err := transport.Start(o); !errors.Is(err, transport.ErrPlain) {
			t.Errorf("%s: %v, want ErrPlain", name, err)
		}
	}
	for name, o := range map[string]transport.Options{
		"broken configuration": {ConfigFile: broken},
		"no port":              {Listen: "127.0.0.1"},
		"port taken":           {Listen: taken.Addr().String()},
	} {
		o.Dir, o.Table, o.Log = t.TempDir(), &table{}, slog.New(slog.DiscardHandler)
		if b, err := transport.Start(o); err == nil {
			b.Close()
			t.Errorf("%s: started", name)
		}
	}
}

func TestReadsAConfigurationFile(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(conf, []byte("host: \"127.0.0.1\"\nport: -1\nmax_payload: 8MB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := start(t, func(o *transport.Options) { o.ConfigFile, o.Listen = conf, "" })
	nc, _ := b.kiosk(b.enrol("SM06"))
	if got := nc.MaxPayload(); got > 2*wire.MaxMessage {
		t.Errorf("max_payload = %d, want it capped", got)
	}
	if n := b.Connections(); n != 1 {
		t.Errorf("Connections = %d, want 1", n)
	}
}

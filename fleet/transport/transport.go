// Package transport carries the fleet's messages: a NATS server inside this
// process, the device table as its list of users, and the fleet's own
// connection to it. Subjects and messages are those of package wire.
//
// A kiosk proves itself with the key of its credentials: it signs the server's
// nonce, and the public key must be in the device table. It may then publish
// kiosk.<id>.status and kiosk.<id>.event, subscribe kiosk.<id>.cmd, answer each
// command once within a minute, and nothing else.
//
// The server reads a configuration file of the usual NATS format, so that TLS,
// limits and, later, a cluster are a matter of that file. Without a file the
// program writes one for a single node on loopback. Plain connections from
// other machines are refused: without TLS the server must listen on loopback.
package transport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/google/renameio/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"tram06/fleet/store"
	"tram06/fleet/wire"
)

// Errors of Start, Ping and Examine.
var (
	ErrPlain  = errors.New("without TLS the fleet listens on loopback only")
	ErrSilent = errors.New("kiosk does not answer")
	ErrUnable = errors.New("kiosk does not know this command")
	ErrBusy   = errors.New("kiosk is being examined already")
)

// Table finds who speaks with a key; store.ErrUnknown if nobody may.
type Table interface {
	ByKey(ctx context.Context, publicKey string) (store.Kiosk, error)
}

// Handler takes a message. An error says that it was refused.
type Handler func(subject string, body []byte) error

// Options of Start.
type Options struct {
	// ConfigFile is a NATS configuration. If it is "", one is written into Dir
	// for Listen.
	ConfigFile string
	Dir        string
	Listen     string // host:port, port 0 for any
	Table      Table
	Status     Handler
	Event      Handler
	Log        *slog.Logger
}

// Broker is the running transport.
type Broker struct {
	server *server.Server
	conn   *nats.Conn
	log    *slog.Logger

	mu      sync.Mutex
	clients map[uint64]client // by the server's number of the connection
}

type client struct{ kiosk, key string }

// Start listens, and gives back when kiosks can connect.
func Start(o Options) (*Broker, error) {
	file := o.ConfigFile
	if file == "" {
		var err error
		if file, err = writeConfig(o.Dir, o.Listen); err != nil {
			return nil, err
		}
	}
	opts, err := server.ProcessConfigFile(file)
	if err != nil {
		return nil, fmt.Errorf("nats configuration: %w", err)
	}
	if opts.TLSConfig == nil && !Loopback(opts.Host) {
		return nil, fmt.Errorf("nats configuration %s: %q: %w", file, opts.Host, ErrPlain)
	}
	if err := free(opts.Host, opts.Port); err != nil {
		return nil, err
	}
	b := &Broker{log: o.Log, clients: map[uint64]client{}}
	opts.NoSigs = true // signals are main's
	opts.AlwaysEnableNonce = true
	auth := &authenticator{table: o.Table, own: rand.Text(), log: o.Log, accepted: b.accepted}
	opts.CustomClientAuthentication = auth
	if opts.MaxPayload == 0 || opts.MaxPayload > maxPayload {
		opts.MaxPayload = maxPayload
	}
	if b.server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("nats server: %w", err)
	}
	b.server.SetLogger(natsLog{o.Log}, false, false)
	b.server.Start()
	if !b.server.ReadyForConnections(10 * time.Second) {
		b.server.Shutdown()
		return nil, fmt.Errorf("nats server on %s: not ready", net.JoinHostPort(opts.Host, strconv.Itoa(opts.Port)))
	}
	if err := b.listen(auth.own, o); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// free says at once that a port is taken; the server itself would only log it
// and leave its caller waiting.
func free(host string, port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(max(0, port))))
	if err != nil {
		return fmt.Errorf("nats server: %w", err)
	}
	return l.Close()
}

// maxPayload leaves room for a message of another version to be refused with a
// count rather than a broken connection; anything larger breaks it.
const maxPayload = 2 * wire.MaxMessage

// listen opens the fleet's own connection, inside the process.
func (b *Broker) listen(password string, o Options) (err error) {
	b.conn, err = nats.Connect("", nats.InProcessServer(b.server), nats.UserInfo(ownUser, password), nats.Name("fleet"),
		nats.NoEcho()) // commands are kiosk.*.* too
	if err != nil {
		return fmt.Errorf("nats: connect within the process: %w", err)
	}
	if _, err := b.conn.Subscribe(wire.All, func(m *nats.Msg) {
		var err error
		switch {
		case wire.IsStatus(m.Subject):
			err = o.Status(m.Subject, m.Data)
		case wire.IsEvent(m.Subject):
			err = o.Event(m.Subject, m.Data)
		}
		if err != nil {
			b.log.Warn("message refused", "subject", m.Subject, "bytes", len(m.Data), "err", err)
		}
	}); err != nil {
		return fmt.Errorf("nats: subscribe: %w", err)
	}
	if err := b.conn.Flush(); err != nil {
		return fmt.Errorf("nats: subscribe: %w", err)
	}
	return nil
}

// URL is where kiosks connect.
func (b *Broker) URL() string { return b.server.ClientURL() }

// Ping asks a kiosk for a sign of life and gives the time it took.
func (b *Broker) Ping(ctx context.Context, id string) (time.Duration, error) {
	began := time.Now() // a duration, not an instant: no clock to pass in
	_, err := b.ask(ctx, id, wire.Ping, wire.Pong)
	return time.Since(began), err
}

// Examine has a kiosk examine itself, which takes it some seconds.
func (b *Broker) Examine(ctx context.Context, id string) (wire.Reply, error) {
	return b.ask(ctx, id, wire.Examine, wire.Diagnosis)
}

// ask sends a command and wants an answer of one kind.
func (b *Broker) ask(ctx context.Context, id string, what wire.CommandKind, want wire.ReplyKind) (wire.Reply, error) {
	body, err := wire.Encode(wire.Command{V: wire.Version, Kind: what})
	if err != nil {
		return wire.Reply{}, err
	}
	m, err := b.conn.RequestWithContext(ctx, wire.CommandSubject(id), body)
	if err != nil {
		return wire.Reply{}, fmt.Errorf("%s %s: %w", what, id, errors.Join(ErrSilent, err))
	}
	r, err := wire.DecodeReply(m.Data)
	switch {
	case err != nil:
		return wire.Reply{}, fmt.Errorf("%s %s: %w", what, id, err)
	case r.ID == id && r.Kind == wire.Unknown:
		return wire.Reply{}, fmt.Errorf("%s %s: %w", what, id, ErrUnable)
	case r.ID == id && r.Kind == wire.Busy:
		return wire.Reply{}, fmt.Errorf("%s %s: %w", what, id, ErrBusy)
	case r.ID != id || r.Kind != want:
		return wire.Reply{}, fmt.Errorf("%s %s: answered %q: %w", what, id, r.Kind, wire.ErrValue)
	}
	return r, nil
}

// accepted remembers who is behind a connection.
func (b *Broker) accepted(number uint64, k store.Kiosk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clients[number] = client{k.ID, k.PublicKey}
}

// Drop ends the connections of kiosks that may no longer speak with the key
// they came with. allowed maps a kiosk's id to its key.
func (b *Broker) Drop(allowed map[string]string) {
	b.mu.Lock()
	var gone []uint64
	for number, c := range b.clients {
		if allowed[c.kiosk] != c.key {
			gone = append(gone, number)
			b.log.Info("kiosk's key was withdrawn", "kiosk", c.kiosk)
			delete(b.clients, number)
		} else if b.server.GetClient(number) == nil {
			delete(b.clients, number)
		}
	}
	b.mu.Unlock()
	for _, number := range gone {
		// An error says that it has left by itself.
		_ = b.server.DisconnectClientByID(number)
	}
}

// Connections counts the kiosks that are connected.
func (b *Broker) Connections() int { return max(0, b.server.NumClients()-1) }

// Close ends all connections and stops listening.
func (b *Broker) Close() {
	if b.conn != nil {
		b.conn.Close()
	}
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// writeConfig writes the configuration of a single node.
func writeConfig(dir, listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("nats address: %w", err)
	}
	if port == "0" {
		port = "-1" // as NATS says "any"
	}
	path := filepath.Join(dir, "nats.conf")
	text := fmt.Sprintf(`# Written by the fleet server at each start. To change it, copy it and pass the
# copy with --nats-config.
host: %q
port: %s
server_name: "tram06-fleet"
max_payload: %d
max_connections: 20000
max_subscriptions: 16
write_deadline: "5s"
ping_interval: "30s"
ping_max: 2
`, host, port, maxPayload)
	if err := renameio.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write nats configuration: %w", err)
	}
	return path, nil
}

// Loopback says whether host names this machine only.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Package outbox keeps what citizens handed in until the gateway has it.
//
// A dossier exists from the moment Create returns: its row is in SQLite with
// an fsync behind it. Its body is sealed to the gateway before it is written,
// so the board forwards what it cannot read. Delivery (package submit) asks
// for what is due, and reports each outcome back; only "accepted" erases the
// sealed body. A dossier is in one of three states:
//
//	queued    durable here; delivery goes on trying
//	accepted  the gateway has it; the body is erased, the numbers remain
//	refused   the gateway will not take it as it is; the body is kept for a person
//
// One file serves one process: a lock beside it keeps a second kiosk out. A
// file that is corrupt is set aside under another name, never deleted, and a
// fresh one begun, because a kiosk that serves nobody helps nobody.
package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/health"
)

// What can go wrong. Code gives the condition for each.
var (
	// ErrRunning: another process has this outbox open.
	ErrRunning = errors.New("outbox is in use by another process")
	// ErrNotKept: nothing was stored; the citizen must be told so.
	ErrNotKept = errors.New("dossier was not kept")
	// ErrNewer: the file was written by a newer version of this program.
	ErrNewer = errors.New("outbox was written by a newer version")
	// ErrUnknown: no queued dossier has this id.
	ErrUnknown = errors.New("no such dossier in this state")
)

// Code gives the coded condition of an error of this package, or "".
func Code(err error) health.Code {
	switch {
	case errors.Is(err, ErrRunning):
		return health.Running
	case errors.Is(err, ErrNotKept):
		return health.NotKept
	}
	return ""
}

// Options say whose outbox it is.
type Options struct {
	// Seal signs a body with the device's key and seals it to the gateway.
	Seal func(dossier.Body) (dossier.Sealed, error)
	// Prefix begins every receipt number: "SM06" gives SM06-2311-0042.
	Prefix string
	// Kiosk is the device's name, as in its certificate; Site where it stands.
	Kiosk string
	Site  string
	// Zone decides when a day begins; Vietnam's by default.
	Zone *time.Location
	// Now and Rand are the clock and the source of ids.
	Now  func() time.Time
	Rand io.Reader
	// Report is told of conditions that are found while opening; it may be nil.
	Report func(health.Code, string)
}

var prefixForm = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)

func (o *Options) check() error {
	switch {
	case o.Seal == nil || o.Now == nil || o.Rand == nil:
		return errors.New("outbox needs Seal, Now and Rand")
	case !prefixForm.MatchString(o.Prefix):
		return fmt.Errorf("receipt prefix %q: want 2 to 12 of A-Z and 0-9, such as SM06", o.Prefix)
	case !dossier.ValidKiosk(o.Kiosk):
		return fmt.Errorf("kiosk name %q: want letters, digits, dot, dash, underscore", o.Kiosk)
	case o.Site == "":
		return errors.New("outbox needs the name of the site")
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("Asia/Ho_Chi_Minh", 7*3600)
	}
	if o.Report == nil {
		o.Report = func(health.Code, string) {}
	}
	return nil
}

// Outbox is one open store. Its methods may be called from any goroutine.
type Outbox struct {
	o    Options
	db   *sql.DB
	lock *os.File
	work chan struct{}
}

// Open opens the store at path, making it and its folder if need be.
func Open(ctx context.Context, path string, o Options) (*Outbox, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	lock, err := takeLock(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	db, err := openStore(ctx, path, o)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	b := &Outbox{o: o, db: db, lock: lock, work: make(chan struct{}, 1)}
	b.nudge()
	return b, nil
}

// Close releases the store. What it holds stays.
func (b *Outbox) Close() error {
	err := b.db.Close()
	if e := b.lock.Close(); err == nil {
		err = e
	}
	return err
}

// Work receives a value when there may be something new to deliver.
func (b *Outbox) Work() <-chan struct{} { return b.work }

func (b *Outbox) nudge() {
	select {
	case b.work <- struct{}{}:
	default:
	}
}

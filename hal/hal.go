// Package hal is the kiosk's hardware abstraction: one narrow interface a
// capability, one package a driver. Devices are opened by URI, so that a board
// file chooses between a real part and a simulated one without another build.
//
// Every driver keeps the same promises, and package haltest checks them:
//
//   - Close is idempotent and unblocks every pending call within one second;
//     after it all methods return an error that wraps ErrGone.
//   - A pulled plug surfaces as ErrGone. A driver never reopens by itself;
//     package supervisor does that, the same way for all.
//   - A cancelled context ends a wait, never a transfer that is already under
//     way: half a receipt is worse than a late one.
//   - Health does no I/O.
package hal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"time"
)

// Errors that drivers wrap, for errors.Is.
var (
	// ErrGone: unplugged or closed. The supervisor reopens the device.
	ErrGone = errors.New("device gone")
	// ErrNoPaper: nothing was printed, or printing stopped; a person must act.
	ErrNoPaper = errors.New("paper out")
	// ErrCoverOpen: the printer's cover is open; a person must act.
	ErrCoverOpen = errors.New("cover open")
	// ErrFault: the device reports a mechanical or unrecoverable error.
	ErrFault = errors.New("device fault")
	// ErrJobUnknown: the page may have been printed. Never retried by itself.
	ErrJobUnknown = errors.New("outcome of the print job unknown")
	// ErrUnsupported: this model or URI lacks the capability.
	ErrUnsupported = errors.New("not supported")
	// ErrCardRemoved: the card left the reader in the middle of an exchange.
	ErrCardRemoved = errors.New("card removed")
	// ErrOverlong: a peer sent more than a frame may hold; the frame is dropped.
	ErrOverlong = errors.New("frame too long")
)

// State says how well one device works.
type State uint8

// The states of a device, worst first.
const (
	Absent   State = iota // not there, or not answering
	Fault                 // there, but a person must act
	Degraded              // works, but needs a look soon (paper near its end)
	Ready
)

func (s State) String() string {
	switch s {
	case Absent:
		return "absent"
	case Fault:
		return "fault"
	case Degraded:
		return "degraded"
	case Ready:
		return "ready"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Keys of device conditions. Package firmware/health gives each a code, words
// and a remedy; a test there fails when one is missing.
const (
	KeyOK             = ""
	KeyReaderGone     = "reader.gone"
	KeySeveralCards   = "reader.several_cards" // more than one card lies there; one was taken
	KeyReaderFault    = "reader.fault"         // the reader reports heat or current out of bounds
	KeyScannerGone    = "scanner.gone"
	KeyPrinterGone    = "printer.gone"
	KeyPaperOut       = "printer.paper_out"
	KeyPaperNearEnd   = "printer.paper_near_end"
	KeyCoverOpen      = "printer.cover_open"
	KeyPrinterFault   = "printer.fault"
	KeyPrinterUnknown = "printer.no_status"
	KeyTouchGone      = "touch.gone"
	// KeyTouchUncalibrated: the panel works, without the calibration that its
	// URI names.
	KeyTouchUncalibrated = "touch.uncalibrated"
)

// Health is a snapshot of a device.
type Health struct {
	State State
	Key   string    // one of the Key constants, "" when all is well
	Err   error     // for the log; never holds personal data
	Since time.Time // when State and Key were entered
}

// Device is common to all capabilities.
type Device interface {
	URI() string
	Health() Health
	Close() error
}

// Card is one activated card.
type Card interface {
	// ATR is the answer to reset, ISO/IEC 7816-3.
	ATR() []byte
	// Transmit sends one command APDU and returns data and status word,
	// ISO/IEC 7816-4. A card torn off gives ErrCardRemoved, a reader pulled
	// out ErrGone.
	Transmit(ctx context.Context, apdu []byte) ([]byte, error)
	// Release ends the use of the card; it may stay on the reader.
	Release() error
}

// CardReader waits for contactless or contact cards.
type CardReader interface {
	Device
	// Wait blocks until a card lies on the reader and is activated.
	Wait(ctx context.Context) (Card, error)
	// Present tells whether a card lies there now, without activating it.
	Present() bool
	// WaitRemoval blocks until no card lies on the reader.
	WaitRemoval(ctx context.Context) error
}

// Scan is one decoded symbol as raw bytes.
type Scan struct {
	Data []byte
	At   time.Time
	// Lossy: read through a keyboard wedge, so that whatever is not on its key
	// map is missing and the text is only a hint.
	Lossy bool
}

// Scanner yields scans. While disarmed it reads and drops them, so that a code
// held in front of it between two citizens reaches neither.
type Scanner interface {
	Device
	Arm(on bool)
	// Next blocks for one scan. A frame over the limit gives ErrOverlong once
	// and the scanner goes on with the next.
	Next(ctx context.Context) (Scan, error)
}

// Raster is a one-bit page, most significant bit first; 1 is black.
type Raster struct {
	Width, Height int // in dots
	Stride        int // bytes a row
	Bits          []byte
}

// Printer prints whole pages.
type Printer interface {
	Device
	// Dots gives the printable width in dots and the resolution in dots an inch.
	Dots() (width, dpi int)
	// Print returns nil only once the printer itself confirmed the end of the
	// page. ErrNoPaper, ErrCoverOpen and ErrFault say that it is certain the
	// page is not complete; ErrJobUnknown that it may be.
	Print(ctx context.Context, jobID string, page Raster) error
}

// TouchKind is the phase of a touch.
type TouchKind uint8

// The phases of a touch.
const (
	TouchDown TouchKind = iota
	TouchMove
	TouchUp
	TouchCancel
)

// Touch is one event of one finger, in pixels of the upright screen.
type Touch struct {
	Kind TouchKind
	X, Y int
	At   time.Time
}

// TouchScreen yields touches.
type TouchScreen interface {
	Device
	Next(ctx context.Context) (Touch, error)
}

// Opener opens one device. It may block for as long as the hardware needs,
// and must honour ctx.
type Opener func(ctx context.Context, u *url.URL) (Device, error)

// Registry maps URI schemes ("pcsc", "escpos+usb") to openers. It is built in
// main, so that nothing registers itself behind anyone's back.
type Registry map[string]Opener

// Open opens uri and asserts the capability T.
func Open[T Device](ctx context.Context, r Registry, uri string) (T, error) {
	var zero T
	u, err := url.Parse(uri)
	if err != nil {
		return zero, fmt.Errorf("device URI: %w", err)
	}
	open := r[u.Scheme]
	if open == nil {
		return zero, fmt.Errorf("device %s: no driver for scheme %q: %w", uri, u.Scheme, ErrUnsupported)
	}
	d, err := open(ctx, u)
	if err != nil {
		return zero, fmt.Errorf("open %s: %w", uri, err)
	}
	t, ok := d.(T)
	if !ok {
		return zero, errors.Join(fmt.Errorf("device %s is a %T and no %s: %w", uri, d, reflect.TypeFor[T](), ErrUnsupported), d.Close())
	}
	return t, nil
}

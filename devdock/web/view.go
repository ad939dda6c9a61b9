package web

import "errors"

// View is the world as the page draws it.
type View struct {
	Screen  Screen   `json:"screen"`
	People  []Person `json:"people"`
	Cards   []Card   `json:"cards"`  // further cards of these people
	Codes   []Choice `json:"codes"`  // other things to hold before the scanner
	Issuer  []Choice `json:"issuer"` // what the kiosk knows of who signed the cards
	Reader  string   `json:"reader"`
	Cables  []Choice `json:"cables"` // on if unplugged
	Printer []Choice `json:"printer"`
	Papers  []Paper  `json:"papers"`
	Network []Choice `json:"network"`
	Power   []Choice `json:"power"` // programs whose power can be cut
	Health  Health   `json:"health"`
	Links   []Link   `json:"links"`
}

// Screen is the newest frame of the kiosk.
type Screen struct {
	Live bool `json:"live"`
	// Seq grows with every picture, also across a restart of the kiosk.
	Seq     uint64   `json:"seq"`
	Name    string   `json:"name"`
	Note    string   `json:"note"` // why there is none
	W       int      `json:"w"`
	H       int      `json:"h"`
	Targets []Target `json:"targets"`
}

// Target is a place on the screen that can be touched, for people who have a
// keyboard or hear the page.
type Target struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	X     int    `json:"x"`
	Y     int    `json:"y"`
	W     int    `json:"w"`
	H     int    `json:"h"`
}

// Person is somebody, or something, with a card or a code.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Note     string `json:"note"`
	Portrait bool   `json:"portrait"`
	Card     bool   `json:"card"`
	QR       bool   `json:"qr"`
	Laid     bool   `json:"laid"`
}

// Card is one more card of somebody: of another kind, or with something wrong.
type Card struct {
	ID    string `json:"id"`
	Of    string `json:"of"` // whose, by the person's id
	Text  string `json:"text"`
	Note  string `json:"note"`  // what the kiosk should make of it
	Wrong bool   `json:"wrong"` // an attack
	Laid  bool   `json:"laid"`
}

// Choice is a button, on if it says how things are now.
type Choice struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	On   bool   `json:"on"`
}

// Paper is one piece that came out of the printer.
type Paper struct {
	N    int    `json:"n"`
	Note string `json:"note"`
}

// Health is what the kiosk last told the fleet of itself.
type Health struct {
	Presence string   `json:"presence"` // "" before the fleet was asked
	Devices  []Device `json:"devices"`
	Waiting  int      `json:"waiting"` // dossiers not yet with the gateway
	Sessions int      `json:"sessions"`
	Last     string   `json:"last"` // how the last session ended
}

// Device is one device's line of it.
type Device struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Code  string `json:"code"`
	Text  string `json:"text"` // the code in words
}

// Link leads to another page of the running product.
type Link struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// ErrNone: there is no such thing.
var ErrNone = errors.New("no such thing")

// World is what the page steers.
type World interface {
	View() View
	// Watch gives a channel that gets a value whenever View may have changed,
	// until stop is called.
	Watch() (changed <-chan struct{}, stop func())
	Frame() ([]byte, error) // PNG
	Portrait(id string) ([]byte, error)
	Paper(n int) ([]byte, error) // PNG
	Touch(kind string, x, y int) error
	Scan(id, text string) error
	Lay(id string) error
	Lift() error
	Tear(apdus int) error
	Printer(do string) error
	Network(mode string) error
	Issuer(mode string) error
	Cable(id string) error // unplugs, or plugs in again
	Power(id string) error // cuts it
}

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
	Roll    Roll     `json:"roll"`
	Papers  []Paper  `json:"papers"` // the oldest first
	Network []Choice `json:"network"`
	Portal  Portal   `json:"portal"`

	Lamps    []Choice `json:"lamps"`    // on if lit, this very moment
	Contacts []Choice `json:"contacts"` // door and the like
	Buzzer   bool     `json:"buzzer"`   // it sounds
	Fan      bool     `json:"fan"`      // it turns
	Celsius  float64  `json:"celsius"`
	Light    float64  `json:"light"` // behind the panel, 0 to 1; -1 if nobody can say
	Clock    []Choice `json:"clock"` // how the clock with a battery is
	Watchdog string   `json:"watchdog"`
	Said     []Said   `json:"said"` // the oldest first

	Power  []Choice `json:"power"` // programs whose power can be cut
	Health Health   `json:"health"`
	Links  []Link   `json:"links"`
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
	N     int    `json:"n"`
	Note  string `json:"note"`
	Taken bool   `json:"taken"` // torn off; else it hangs in the printer
}

// Roll is the paper in the printer, in rows.
type Roll struct {
	Rows    int `json:"rows"`
	Of      int `json:"of"`
	Hanging int `json:"hanging"` // came out and is not cut yet
}

// Portal is the portal behind the gateway.
type Portal struct {
	Modes      []Choice  `json:"modes"`
	Received   int       `json:"received"`
	Duplicates int       `json:"duplicates"`
	Held       int       `json:"held"` // requests that wait for an answer
	Turned     int       `json:"turned"`
	Dossiers   []Dossier `json:"dossiers"`
}

// Dossier is one that the portal has, without whose it is.
type Dossier struct {
	Number      string `json:"number"` // of the portal
	KioskNumber string `json:"kiosk_number"`
	At          string `json:"at"`
	Deliveries  int    `json:"deliveries"` // 1 if all is well
}

// Said is something that was heard: a voice, or without a language a sound.
type Said struct {
	N    int    `json:"n"`
	At   string `json:"at"`
	Lang string `json:"lang"`
	Text string `json:"text"`
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
	Name   string `json:"name"`  // its key in a board file
	Label  Words  `json:"label"` // what people call it
	State  string `json:"state"`
	Code   string `json:"code"`
	Since  string `json:"since"`
	Title  Words  `json:"title"`  // of the code, as citizens read it; empty if they never do
	Remedy Words  `json:"remedy"` // what a technician does
}

// Words are a text in both languages.
type Words struct {
	VI string `json:"vi"`
	EN string `json:"en"`
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
	// Paper gives the n-th paper, from 1, as PNG; 0 is what hangs in the printer.
	Paper(n int) ([]byte, error)
	Touch(kind string, x, y int) error
	// Key moves a key of the keypad: "down", "repeat", "up", or "press" for all.
	Key(button, kind string) error
	Scan(id, text string) error
	Lay(id string) error
	Lift() error
	Tear(apdus int) error
	Printer(do string) error
	Network(mode string) error
	Portal(mode string) error
	Contact(id string) error // opens a door, or closes it
	Heat(celsius float64) error
	Clock(mode string) error
	Issuer(mode string) error
	Cable(id string) error // unplugs, or plugs in again
	Power(id string) error // cuts it
}

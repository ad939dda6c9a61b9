package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tram06/firmware/config/strict"
	"tram06/firmware/health"
)

// Site is site.yaml: one kiosk at one place.
type Site struct {
	// ID is this kiosk's short name, two to eight capital letters and digits.
	// It begins every receipt number (SM06-2311-0042), so no two kiosks of one
	// authority may share it.
	ID string `yaml:"id" example:"SM06"`
	// Kiosk is what stands on the machine.
	Kiosk Kiosk `yaml:"kiosk"`
	// Place is the name above the screen and on the receipt: UBND xã Suối Mây. It
	// has at most 80 letters.
	Place string `yaml:"place" example:"UBND xã Suối Mây"`
	// Authority is who receives the dossiers: Công an xã Suối Mây.
	Authority string `yaml:"authority" example:"Công an xã Suối Mây"`
	// Controller is who answers for the personal data, named on the consent.
	Controller string `yaml:"controller" example:"UBND xã Suối Mây"`
	// Counter is the number or letter of the counter where a person helps, in
	// quotes: "1".
	Counter string `yaml:"counter" example:"\"1\""`
	// Phone is the number to ask for help, as it is to be read: "0900 000 006".
	Phone string `yaml:"phone" example:"\"0900 000 006\""`
	// Languages on the screen, the first one being the one it starts in: [vi, en].
	Languages []string `yaml:"languages,omitempty"`
	// Services are the ids of what this kiosk offers, in the order of the page.
	Services []string `yaml:"services" example:"[residence_confirmation]"`
	// Gateway is where dossiers go.
	Gateway Gateway `yaml:"gateway"`
	// Fleet is where the operators look; without it nobody watches.
	Fleet *Fleet `yaml:"fleet,omitempty"`
	// Card is what the kiosk needs to judge cards.
	Card Card `yaml:"card,omitempty"`
	// Timeouts of the screen.
	Timeouts Timeouts `yaml:"timeouts,omitempty"`
	// Timezone is Asia/Ho_Chi_Minh, the only one there is for a kiosk.
	Timezone string `yaml:"timezone,omitempty"`
}

// Kiosk is what stands on the machine.
type Kiosk struct {
	// Name of the machine: Trạm 06.
	Name string `yaml:"name" example:"Trạm 06"`
	// Number of the machine at this place: 1.
	Number int `yaml:"number" example:"1"`
}

// Card is what the kiosk needs to judge cards.
type Card struct {
	// Trust is the folder with the certificates of the authorities that sign
	// cards and with their revocation lists, relative to the folder of
	// site.yaml: trust. Without it a card may be signed, but nobody knows by
	// whom. "kiosk card trust" fills it.
	Trust string `yaml:"trust,omitempty"`
}

// Gateway is the server that takes dossiers. File names are relative to the
// folder of site.yaml.
type Gateway struct {
	// URL of the gateway, https only: https://gateway.example.vn:8443.
	URL string `yaml:"url" example:"https://gateway.example.vn:8443"`
	// CA is the file with the certificate authority that the gateway shows.
	CA string `yaml:"ca" example:"pki/ca.pem"`
	// Cert and Key are the files with this device's certificate and key.
	Cert string `yaml:"cert" example:"pki/device.pem"`
	Key  string `yaml:"key" example:"pki/device.key"`
	// HPKEKey is the file with the gateway's public key that dossiers are
	// sealed to.
	HPKEKey string `yaml:"hpke_key" example:"pki/gateway-hpke.pub"`
	// Timeout of one attempt: 10s.
	Timeout Duration `yaml:"timeout,omitempty"`
}

// Fleet is the server that watches the kiosks.
type Fleet struct {
	// URL of the fleet's message broker: tls://fleet.example.vn:4222, or
	// nats://127.0.0.1:4222 on one machine.
	URL string `yaml:"url" example:"tls://fleet.example.vn:4222"`
	// Credentials is the file that the fleet gave for this kiosk.
	Credentials string `yaml:"credentials" example:"fleet.creds"`
	// Interval between two reports: 30s.
	Interval Duration `yaml:"interval,omitempty"`
}

// Timeouts of the screen.
type Timeouts struct {
	// Idle without a touch before the kiosk asks whether somebody is there: 60s.
	Idle Duration `yaml:"idle,omitempty"`
	// Warn is how long that question stands before everything is wiped: 30s.
	Warn Duration `yaml:"warn,omitempty"`
	// CardTaken is how long the question stands after the card was taken: 40s.
	CardTaken Duration `yaml:"card_taken,omitempty"`
	// Done is how long the last page stands: 60s.
	Done Duration `yaml:"done,omitempty"`
	// SendWait is how long the citizen waits for the gateway's answer before
	// the receipt says "kept on this machine": 20s.
	SendWait Duration `yaml:"send_wait,omitempty"`
}

// Location is the time zone of the site. Vietnam has one, without summer time,
// so no zone data is needed on the board.
func (s Site) Location() *time.Location { return time.FixedZone("+07", 7*60*60) }

func defaults() Site {
	sec := func(n int) Duration { return Duration(time.Duration(n) * time.Second) }
	return Site{
		Languages: []string{"vi", "en"},
		Gateway:   Gateway{Timeout: sec(10)},
		Timeouts:  Timeouts{Idle: sec(60), Warn: sec(30), CardTaken: sec(40), Done: sec(60), SendWait: sec(20)},
		Timezone:  timezone,
	}
}

const timezone = "Asia/Ho_Chi_Minh"

// LoadSite reads a site file. Names of files in the result are resolved
// against its folder.
func LoadSite(file File) (Site, error) {
	s := defaults()
	doc, err := file.read()
	if err != nil {
		return Site{}, err
	}
	doc.Decode(&s, s.Location())
	checkSite(doc, &s)
	if err := doc.Err(); err != nil {
		return Site{}, err
	}
	for _, p := range []*string{&s.Gateway.CA, &s.Gateway.Cert, &s.Gateway.Key, &s.Gateway.HPKEKey} {
		*p = file.inFolder(*p)
	}
	s.Card.Trust = file.inFolder(s.Card.Trust)
	if s.Fleet != nil {
		s.Fleet.Credentials = file.inFolder(s.Fleet.Credentials)
		if s.Fleet.Interval == 0 {
			s.Fleet.Interval = Duration(30 * time.Second)
		}
	}
	return s, nil
}

// MaxPlace is how many letters Place may have.
const MaxPlace = 80

var (
	siteForm  = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,7}$`)
	phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 .]{1,18}[0-9]$`)
)

func checkSite(doc *strict.Doc, s *Site) {
	if s.ID != "" && !siteForm.MatchString(s.ID) {
		doc.Reject("id", health.ConfigValue, `%q cannot be an id: write two to eight capital letters and digits, for example "SM06"`, s.ID)
	}
	if doc.Given("kiosk.number") && (s.Kiosk.Number < 1 || s.Kiosk.Number > 999) {
		doc.Reject("kiosk.number", health.ConfigValue, "write the machine's number at this place, 1 to 999")
	}
	if utf8.RuneCountInString(s.Place) > MaxPlace {
		doc.Reject("place", health.ConfigValue, "write at most %d letters: page and fleet have no room for more", MaxPlace)
	}
	if s.Phone != "" && !phoneForm.MatchString(s.Phone) {
		doc.Reject("phone", health.ConfigValue, `write digits in groups, for example "0900 000 006"`)
	}
	choices(doc, "languages", s.Languages, []string{"vi", "en"})
	if len(s.Languages) > 0 && !slices.Contains(s.Languages, "vi") {
		doc.Reject("languages", health.ConfigValue, "vi must be among the languages: write [vi, en]")
	}
	choices(doc, "services", s.Services, nil)
	if s.Timezone != timezone {
		doc.Reject("timezone", health.ConfigValue, "write %s, or leave the key out", timezone)
	}
	address(doc, "gateway.url", s.Gateway.URL, "https://gateway.example.vn:8443", "https")
	atLeast(doc, "gateway.timeout", s.Gateway.Timeout, time.Second, 2*time.Minute)
	if s.Fleet != nil {
		address(doc, "fleet.url", s.Fleet.URL, "tls://fleet.example.vn:4222", "tls", "nats")
		checkFleet(doc, s.Fleet.URL)
		if doc.Given("fleet.interval") {
			atLeast(doc, "fleet.interval", s.Fleet.Interval, time.Second, time.Hour)
		}
	}
	t := s.Timeouts
	atLeast(doc, "timeouts.idle", t.Idle, 20*time.Second, 10*time.Minute)
	// The look asks for half a minute: people look for their glasses.
	atLeast(doc, "timeouts.warn", t.Warn, 30*time.Second, 5*time.Minute)
	atLeast(doc, "timeouts.card_taken", t.CardTaken, 10*time.Second, 5*time.Minute)
	atLeast(doc, "timeouts.done", t.Done, 10*time.Second, 10*time.Minute)
	atLeast(doc, "timeouts.send_wait", t.SendWait, time.Second, 2*time.Minute)
}

func choices(doc *strict.Doc, path string, got, known []string) {
	if doc.Given(path) && len(got) == 0 {
		doc.Reject(path, health.ConfigMissing, "the list is empty: name at least one")
	}
	for i, x := range got {
		p := fmt.Sprintf("%s[%d]", path, i)
		if known != nil && !slices.Contains(known, x) {
			doc.Reject(p, health.ConfigValue, "unknown %q: write one of %s", x, strings.Join(known, ", "))
		} else if slices.Index(got, x) < i {
			doc.Reject(p, health.ConfigValue, "%q is there twice: keep one of them", x)
		}
	}
}

func address(doc *strict.Doc, path, text, example string, schemes ...string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme):
		doc.Reject(path, health.ConfigValue, "write an address that begins with %s, for example %q", strings.Join(schemes, ":// or ")+"://", example)
	case u.User != nil:
		doc.Reject(path, health.ConfigValue, "no name or password belongs into an address: put them into a file")
	case u.RawQuery != "" || u.Fragment != "":
		doc.Reject(path, health.ConfigValue, `nothing may follow the path: leave out what begins with "?" or "#"`)
	}
}

// checkFleet tells what the agent would else say once, in the log of a kiosk
// that nobody watches.
func checkFleet(doc *strict.Doc, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return // address has told so
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case u.Scheme == "nats" && !here:
		doc.Reject("fleet.url", health.ConfigValue, "nats:// is for a fleet on this very machine: write %q", "tls://"+u.Host)
	case (u.Scheme == "nats" || u.Scheme == "tls") && u.Port() == "":
		doc.Reject("fleet.url", health.ConfigValue, "name the port too: write, for example, %q", u.Scheme+"://"+u.Host+":4222")
	}
}

func atLeast(doc *strict.Doc, path string, d Duration, low, high time.Duration) {
	if d != 0 && (d.Duration() < low || d.Duration() > high) {
		doc.Reject(path, health.ConfigValue, "%s is out of range: write %s to %s", words(d.Duration()), words(low), words(high))
	}
}

// words writes a limit the way the file has it.
func words(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dmin", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

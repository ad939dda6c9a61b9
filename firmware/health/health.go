// Package health is the registry of everything that can be wrong with a kiosk:
// one coded condition each, with its severity, what a citizen is told, and
// what a technician should do.
//
// The same code stands on the screen, in the log, in the fleet and in
// docs/codes.md, which is generated from this registry. A code is never given
// a second meaning: a retired one stays retired.
//
// Families: QUET scanner and codes, THE card and reader, IN printer and paper,
// MANG network and gateway, HS dossiers, CH configuration, MAY the machine.
package health

//go:generate go run tram06/firmware/health/gencodes -o ../../docs/codes.md

// Code names a condition: "THE-104".
type Code string

// Severity says how urgent a condition is.
type Severity uint8

// The severities.
const (
	Info  Severity = iota // worth knowing
	Warn                  // works, but somebody should look
	Error                 // a function is missing until somebody acts
)

func (s Severity) String() string { return [...]string{"info", "warn", "error"}[s] }

// Words are a sentence in each language of the kiosk.
type Words struct{ VI, EN string }

// In gives the sentence in lang, Vietnamese unless it is "en".
func (w Words) In(lang string) string {
	if lang == "en" {
		return w.EN
	}
	return w.VI
}

// Condition is one thing that can be wrong.
type Condition struct {
	Code     Code
	Key      string // key of package hal, or a stable name
	Severity Severity
	// Title and Text are for the citizen: what happened, what to do now. A
	// condition without Title is never shown to one.
	Title, Text Words
	// Remedy is for the technician.
	Remedy Words
}

// Lookup finds a condition by its code.
func Lookup(c Code) (Condition, bool) {
	for _, x := range conditions {
		if x.Code == c {
			return x, true
		}
	}
	return Condition{}, false
}

// ByKey finds a condition by its key.
func ByKey(key string) (Condition, bool) {
	for _, x := range conditions {
		if x.Key == key {
			return x, true
		}
	}
	return Condition{}, false
}

// All gives every condition in the order of the manual.
func All() []Condition { return append([]Condition(nil), conditions...) }

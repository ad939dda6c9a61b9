package doctor

import (
	"fmt"
	"maps"
	"time"

	"tram06/firmware/health"
)

// State is how an examination ended.
type State string

// The states, best first.
const (
	OK      State = "ok"
	Skipped State = "skipped" // not asked for, or not possible here
	Info    State = "info"    // worth knowing, no fault
	Warn    State = "warn"    // works, and somebody should look
	Error   State = "error"   // a function is missing until somebody acts
)

// rank orders the states for Worst.
var rank = map[State]int{OK: 0, Skipped: 0, Info: 0, Warn: 1, Error: 2}

// Finding is what one examination found. It holds no personal data and no
// secret.
type Finding struct {
	Part string // what was examined: a device of board.yaml, or one of Parts
	Name string // which examination of it, "" if there is one only
	// State is the severity of Code, if there is a code.
	State State
	Code  health.Code
	Text  string // what was seen
	// Remedy says what to do, as the manual has it.
	Remedy  string
	Details map[string]string // figures and names, by stable keys
	Took    time.Duration
}

// Worst gives the worst state: OK, Warn or Error. What was skipped or is only
// worth knowing is no fault.
func Worst(findings []Finding) State {
	worst := OK
	for _, f := range findings {
		if rank[f.State] > rank[worst] {
			worst = f.State
		}
	}
	return worst
}

var severities = map[health.Severity]State{health.Info: Info, health.Warn: Warn, health.Error: Error}

// Language words findings.
type Language string

// Say gives one of two sentences.
func (l Language) Say(vi, en string, args ...any) string {
	return fmt.Sprintf(health.Words{VI: vi, EN: en}.In(string(l)), args...)
}

// Fine is a finding without a fault.
func (l Language) Fine(part, name, text string) Finding {
	return Finding{Part: part, Name: name, State: OK, Text: text}
}

// Found is a finding with a code, which brings its severity and its remedy.
func (l Language) Found(part, name string, code health.Code, text string) Finding {
	f := Finding{Part: part, Name: name, State: Error, Code: code, Text: text}
	if c, ok := health.Lookup(code); ok {
		f.State, f.Remedy = severities[c.Severity], c.Remedy.In(string(l))
	}
	return f
}

// Left is a finding that something was not examined, and why.
func (l Language) Left(part, name, text string) Finding {
	return Finding{Part: part, Name: name, State: Skipped, Text: text}
}

// with adds details.
func (f Finding) with(details map[string]string) Finding {
	if len(details) == 0 {
		return f
	}
	all := maps.Clone(f.Details)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, details)
	f.Details = all
	return f
}

// at makes a finding one that is worth knowing only.
func (f Finding) at(s State) Finding {
	f.State = s
	return f
}

// Package service is a public service as data: what it is called, what it asks
// one page at a time, what it costs and how long it takes, and from when to
// when that holds. One YAML file a service and version; the kiosk fills it in
// and the gateway checks it against the same file.
package service

import "time"

// Text is a sentence by language: "vi", "en".
type Text map[string]string

// In gives the sentence in lang, or in Vietnamese.
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	return t["vi"]
}

// Kind of a step.
type Kind string

// The kinds of steps.
const (
	// Show lays values from the chip before the citizen, locked.
	Show Kind = "show"
	// Choice asks for one of Options.
	Choice Kind = "choice"
	// Phone asks for a telephone number, typed on a number pad.
	Phone Kind = "phone"
)

// Option is one answer of a Choice.
type Option struct {
	Value string `yaml:"value"`
	Label Text   `yaml:"label"`
	Note  Text   `yaml:"note,omitempty"`
}

// Locked is a value taken from the card.
type Locked struct {
	Label Text `yaml:"label"`
	// From names a field of the person: name, birth, sex, number, ethnicity,
	// origin, residence. The number is always shown masked.
	From string `yaml:"from"`
}

// Step is one page of the form: one thought.
type Step struct {
	ID    string `yaml:"id"`
	Kind  Kind   `yaml:"kind"`
	Title Text   `yaml:"title"`
	Note  Text   `yaml:"note,omitempty"`
	// Why says why this is asked.
	Why      Text     `yaml:"why,omitempty"`
	Short    Text     `yaml:"short"` // label on the review
	Locked   []Locked `yaml:"locked,omitempty"`
	Options  []Option `yaml:"options,omitempty"`
	Optional bool     `yaml:"optional,omitempty"`
}

// Service is one version of one public service.
type Service struct {
	ID       string `yaml:"id"`      // residence_confirmation
	Code     string `yaml:"code"`    // administrative procedure code, 1.010041
	Version  string `yaml:"version"` // of this file
	Form     string `yaml:"form"`    // CT01
	Circular string `yaml:"circular"`
	Name     Text   `yaml:"name"`
	Topic    string `yaml:"topic"`
	Fee      int    `yaml:"fee"`      // đồng
	Duration Text   `yaml:"duration"` // as people say it
	// WorkingDays is the longest time the authority may take.
	WorkingDays int    `yaml:"working_days"`
	Steps       []Step `yaml:"steps"`

	ValidFrom time.Time `yaml:"valid_from"`
	ValidTo   time.Time `yaml:"valid_to,omitempty"`
	Source    string    `yaml:"source"`
	// Check says that a person must compare this with the current text of the
	// law before a site goes live.
	Check string `yaml:"check,omitempty"`
}

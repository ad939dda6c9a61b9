package wire

import "strings"

// All is what the fleet listens to: every subject of every kiosk. It is one
// subscription, because messages of two may overtake each other: a goodbye must
// not arrive before the status that was sent before it.
const All = "kiosk.*.*"

// StatusSubject is where kiosk id reports.
func StatusSubject(id string) string { return "kiosk." + id + ".status" }

// EventSubject is where kiosk id tells what happened.
func EventSubject(id string) string { return "kiosk." + id + ".event" }

// CommandSubject is where kiosk id listens.
func CommandSubject(id string) string { return "kiosk." + id + ".cmd" }

// IsStatus and IsEvent tell the subjects that a kiosk publishes apart.
func IsStatus(subject string) bool { return strings.HasSuffix(subject, ".status") }

// IsEvent says whether subject is one of events.
func IsEvent(subject string) bool { return strings.HasSuffix(subject, ".event") }

// KioskOf gives the kiosk that a status or event subject belongs to.
func KioskOf(subject string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(subject, "kiosk.")
	if !ok {
		return "", false
	}
	id, _, ok = strings.Cut(rest, ".")
	return id, ok && ValidID(id)
}

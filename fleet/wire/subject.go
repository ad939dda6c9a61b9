package wire

import "strings"

// Subjects that the fleet listens to, for all kiosks.
const (
	AllStatus = "kiosk.*.status"
	AllEvents = "kiosk.*.event"
)

// StatusSubject is where kiosk id reports.
func StatusSubject(id string) string { return "kiosk." + id + ".status" }

// EventSubject is where kiosk id tells what happened.
func EventSubject(id string) string { return "kiosk." + id + ".event" }

// CommandSubject is where kiosk id listens.
func CommandSubject(id string) string { return "kiosk." + id + ".cmd" }

// KioskOf gives the kiosk that a status or event subject belongs to.
func KioskOf(subject string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(subject, "kiosk.")
	if !ok {
		return "", false
	}
	id, _, ok = strings.Cut(rest, ".")
	return id, ok && ValidID(id)
}

package registry

import "time"

// Presence says whether a kiosk is heard.
type Presence string

// The presences.
const (
	Online  Presence = "online"
	Late    Presence = "late"    // missed more than one status
	Offline Presence = "offline" // silent for long, said goodbye, or never seen
)

// PresenceAt judges a kiosk that was last heard at seen and promised a status
// each interval. Only the server's clock goes in: a kiosk's may be wrong.
//
// One lost status is no news, so online reaches to two and a half intervals;
// after ten, or after a goodbye, the kiosk is offline. A clock that was set
// back makes seen lie in the future: then it was heard just now.
func PresenceAt(now, seen time.Time, interval time.Duration, bye bool) Presence {
	if seen.IsZero() || bye {
		return Offline
	}
	switch age := now.Sub(seen); {
	case age < interval*5/2:
		return Online
	case age <= interval*10:
		return Late
	}
	return Offline
}

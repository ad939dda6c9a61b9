// Package dossier is what a citizen hands in: its body, the canonical form
// that is signed, and the sealed envelope that only the gateway can open.
package dossier

import (
	"time"

	"tram06/firmware/person"
)

// Draft is a dossier that exists in memory only. It becomes one that must not
// be lost when the outbox has given it an id and fsynced it.
type Draft struct {
	Service        string // id of the service
	ServiceVersion string
	Procedure      string // administrative procedure code
	Lang           string
	Person         person.Person
	Answers        map[string]string
	ConsentAt      time.Time
}

// Package wire is what a kiosk and the fleet say to each other: the messages,
// their limits, and the subjects they travel on. Both sides import it and
// nothing else of each other.
//
// # Subjects
//
//	kiosk.<id>.status   kiosk -> fleet   Status, each interval and on change
//	kiosk.<id>.event    kiosk -> fleet   Event, when something happened once
//	kiosk.<id>.cmd      fleet -> kiosk   Command, answered with a Reply
//
// A kiosk may publish its own status and event, subscribe its own cmd and
// answer the commands it was sent; the server refuses everything else. The id
// in a message must be the id of its subject.
//
// # Shapes and units
//
// Messages are one JSON object each, UTF-8, at most MaxMessage bytes. Instants
// are RFC 3339; durations are whole milliseconds in fields that end in _ms.
// Instants are the kiosk's own clock: a reader compares them with SentAt, never
// with its own clock, so that a board without a battery clock still tells how
// long its printer has been out of paper.
//
// Decoding is strict: an unknown, repeated or wrongly spelt key, a second
// value, a nesting beyond what the types have, and a value out of its limits
// are errors, and the whole message is refused.
//
// # No citizen in it
//
// No field can carry personal data. Every string is one of a few words, a
// code, or a name from a configuration file with a narrow alphabet; the only
// sentence, the site's name, must not contain a run of nine or more digits. A
// test pins the list of fields, so that a new one is a decision.
package wire

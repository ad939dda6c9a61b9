// Package problem is how the gateway says no: RFC 9457 problem details with a
// stable type for each reason. A kiosk decides by the type and the status;
// people read title and detail. No field ever holds a citizen's data.
package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// MediaType of a problem.
const MediaType = "application/problem+json"

// Prefix begins every type.
const Prefix = "urn:tram06:problem:"

// Type is one reason. Its name is never given a second meaning.
type Type struct {
	Name   string
	Status int
	Title  string
}

// The reasons.
var (
	BadID            = Type{"bad-id", 400, "The dossier id is no UUIDv7 in lower case"}
	BadKey           = Type{"bad-idempotency-key", 400, "Idempotency-Key must be the dossier id in quotation marks"}
	BadDigest        = Type{"bad-content-digest", 400, "Content-Digest must be one sha-256 value of RFC 9530"}
	DigestMismatch   = Type{"digest-mismatch", 400, "The content does not have the digest that was announced"}
	Incomplete       = Type{"incomplete-content", 400, "The content ended early"}
	NoCertificate    = Type{"certificate-required", 401, "A device certificate is required"}
	DeviceUnknown    = Type{"device-unknown", 403, "This device may not hand in dossiers"}
	KeyUnknown       = Type{"device-key-unknown", 403, "The dossier is signed by a key that is not this device's"}
	NotFound         = Type{"not-found", 404, "There is nothing at this address"}
	BadMethod        = Type{"method-not-allowed", 405, "This address takes another method"}
	InProgress       = Type{"in-progress", 409, "The same dossier is being taken in right now"}
	TooLarge         = Type{"too-large", 413, "The content is larger than an envelope may be"}
	BadMediaType     = Type{"unsupported-media-type", 415, "The content must be application/vnd.tram06.dossier"}
	DigestConflict   = Type{"digest-conflict", 422, "Another content was handed in under this id before"}
	EnvelopeInvalid  = Type{"envelope-invalid", 422, "The envelope is malformed or was altered"}
	EnvelopeVersion  = Type{"envelope-version", 422, "The envelope's version or cipher suite is not supported"}
	WrongRecipient   = Type{"wrong-recipient", 422, "The envelope is sealed to another gateway's key"}
	SignatureInvalid = Type{"signature-invalid", 422, "The device's signature does not hold"}
	BodyInvalid      = Type{"body-invalid", 422, "The dossier's body breaks the rules of its format"}
	BodyMismatch     = Type{"body-mismatch", 422, "The dossier's body belongs to another id or device"}
	FormInvalid      = Type{"form-invalid", 422, "The dossier does not fit the form of its service"}
	StoreFailed      = Type{"store-failed", 503, "The dossier could not be stored now"}
	Internal         = Type{"internal", 500, "Something went wrong here"}
)

// All lists the types for the contract.
func All() []Type {
	return []Type{BadID, BadKey, BadDigest, DigestMismatch, Incomplete, NoCertificate, DeviceUnknown, KeyUnknown,
		NotFound, BadMethod, InProgress, TooLarge, BadMediaType, DigestConflict, EnvelopeInvalid, EnvelopeVersion,
		WrongRecipient, SignatureInvalid, BodyInvalid, BodyMismatch, FormInvalid, StoreFailed, Internal}
}

// URI is the type as it stands on the wire.
func (t Type) URI() string { return Prefix + t.Name }

// Error is a problem as an error.
type Error struct {
	Type Type
	// Detail helps the reader with this very case; never a citizen's data.
	Detail string
	// RetryAfter is sent when it is not zero.
	RetryAfter time.Duration
	// Cause is for the log only.
	Cause error
}

func (e *Error) Error() string {
	s := e.Type.Name
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Write answers with the problem.
func (e *Error) Write(w http.ResponseWriter) {
	body, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{e.Type.URI(), e.Type.Title, e.Type.Status, e.Detail})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int(e.RetryAfter/time.Second))))
	}
	w.WriteHeader(e.Type.Status)
	_, _ = w.Write(body)
}

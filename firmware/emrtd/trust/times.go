package trust

import (
	"fmt"
	"time"

	"tram06/firmware/emrtd/pki"
)

// leeway is how far days may be off: they have no hour and no zone, and clocks
// differ.
const leeway = 24 * time.Hour

// inTime checks the signer's own times. The words name the signer's days only:
// the day on which a document was signed or issued says something of its holder.
func inTime(c *pki.Certificate, q Signature, now time.Time) *broken {
	switch {
	case !q.SignedAt.IsZero():
		switch {
		case q.SignedAt.After(now.Add(leeway)):
			return because(Expired, "signed at a time that is yet to come; is the clock right?")
		case q.SignedAt.Before(c.NotBefore.Add(-leeway)), q.SignedAt.After(c.NotAfter):
			return because(Expired, "signed outside of the signer's validity, %s to %s", day(c.NotBefore), day(c.NotAfter))
		case !within(q.SignedAt, c.KeyFrom, c.KeyUntil):
			return because(Expired, "signed outside of the days when the key was to be used, %s to %s", day(c.KeyFrom), day(c.KeyUntil))
		}
	case c.NotBefore.After(now.Add(leeway)):
		return because(Expired, "the signer is valid from %s on only; is the clock right?", day(c.NotBefore))
	case !q.Issued.IsZero():
		if q.Issued.After(c.NotAfter.Add(leeway)) {
			return because(Expired, "issued after the signer had expired on %s", day(c.NotAfter))
		}
	case now.After(c.NotAfter):
		return because(Expired, "the signer expired on %s, and the document does not say when it was signed", day(c.NotAfter))
	}
	return nil
}

// authorityInTime checks those above the signer: who issued it must have been
// valid when the document was signed, and have been allowed to use its key when
// it issued the signer; who handed over to another key, when it did so.
func authorityInTime(c *pki.Certificate, a *authority, q Signature, now time.Time) *broken {
	at := now
	switch {
	case !q.SignedAt.IsZero():
		at = q.SignedAt
	case !q.Issued.IsZero() && q.Issued.After(c.NotBefore):
		at = q.Issued
	case !q.Issued.IsZero():
		at = c.NotBefore
	}
	if at.Before(a.NotBefore.Add(-leeway)) || at.After(a.NotAfter) {
		return because(Expired, "the document was signed outside of the validity of the authority %v, %s to %s", a.Subject, day(a.NotBefore), day(a.NotAfter))
	}
	if !within(c.NotBefore, a.KeyFrom, a.KeyUntil) {
		return because(Expired, "the authority %v issued the signer on %s with a key to be used from %s to %s",
			a.Subject, day(c.NotBefore), day(a.KeyFrom), day(a.KeyUntil))
	}
	for a.by != nil {
		if at := a.NotBefore; at.Before(a.by.NotBefore.Add(-leeway)) || at.After(a.by.NotAfter) {
			return because(Expired, "the authority %v handed over on %s, and was valid from %s to %s",
				a.by.Subject, day(at), day(a.by.NotBefore), day(a.by.NotAfter))
		}
		a = a.by
	}
	return nil
}

// within tells whether t lies in a period of days; a zero end is open.
func within(t, from, until time.Time) bool {
	return (from.IsZero() || !t.Before(from.Add(-leeway))) && (until.IsZero() || !t.After(until.Add(leeway)))
}

// notes collects what changes nothing and should be known.
func (s *Store) notes(c *pki.Certificate, issuers []*authority, q Signature, now time.Time) []string {
	var out []string
	if w := c.Algorithm.Weak(); w != "" {
		out = append(out, "the signer's certificate is signed with "+w)
	}
	if key, err := c.Key(); err == nil && key.Weak() != "" {
		out = append(out, "the signer's key is weak: "+key.Weak())
	}
	if key, err := issuers[0].Key(); err == nil && key.Weak() != "" {
		out = append(out, "the authority's key is weak: "+key.Weak())
	}
	if c.KeyUsage == 0 {
		out = append(out, "the signer's certificate does not say what its key is for")
	}
	if q.SignedAt.IsZero() && !q.MasterList {
		out = append(out, "the document does not say when it was signed")
	}
	var newest *list
	for _, l := range s.lists {
		if (l.speaksFor(c.Issuer) || l.speaksFor(issuers[0].Subject)) && (newest == nil || l.ThisUpdate.After(newest.ThisUpdate)) {
			newest = l
		}
	}
	switch {
	case newest == nil:
		out = append(out, fmt.Sprintf("no revocation list of %v is here", c.Issuer))
	case stale(newest, now):
		out = append(out, fmt.Sprintf("the revocation list of %v was to be replaced by %s", c.Issuer, day(newest.NextUpdate)))
	}
	return out
}

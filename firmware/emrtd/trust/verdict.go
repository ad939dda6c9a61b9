package trust

import "fmt"

// Verdict on the chain from a document signer to an authority.
type Verdict uint8

// The verdicts. The zero value claims nothing.
const (
	// Unknown: no authority that is trusted here issued the signer, or its
	// algorithm is not known here. Never a proof, never a refusal.
	Unknown Verdict = iota
	// Trusted: a trusted authority issued the signer, which was valid.
	Trusted
	// Expired: the signer, or its authority, was not valid when it signed.
	Expired
	// Revoked: the authority has withdrawn the signer. Revoked beats Expired.
	Revoked
	// Failed: the signer names an authority that is trusted here, and that
	// authority did not issue it, or not for signing documents.
	Failed
)

func (v Verdict) String() string {
	switch v {
	case Unknown:
		return "unknown"
	case Trusted:
		return "trusted"
	case Expired:
		return "expired"
	case Revoked:
		return "revoked"
	case Failed:
		return "failed"
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

package cccd

import (
	"slices"
	"time"

	"tram06/firmware/person"
)

// Verdict is the outcome of one proof in the words that logs, the command line
// and its JSON use. The empty one says that the proof was not made.
type Verdict string

// The verdicts. Which of them a proof can have is said at Report.
const (
	NotMade Verdict = ""
	OK      Verdict = "ok"
	Failed  Verdict = "failed"
	Absent  Verdict = "absent"
	Trusted Verdict = "trusted"
	Unknown Verdict = "unknown"
	Expired Verdict = "expired"
	Revoked Verdict = "revoked"
	Genuine Verdict = "genuine"
	Clone   Verdict = "clone"
)

// proof is what the verdict counts for: person.Proofs alone judges from it.
func (v Verdict) proof() person.Proof {
	switch v {
	case OK, Trusted, Genuine:
		return person.Passed
	case Failed, Expired, Revoked, Clone:
		return person.Failed
	case Unknown:
		return person.Unknown
	}
	return person.NotMade
}

// The ways in (Report.Access), the passwords (Report.Password) and the ways in
// which a chip proves that it is no copy (Report.ChipBy).
const (
	AccessBAC     = "bac"
	AccessPACEGM  = "pace-gm"
	AccessPACEIM  = "pace-im"
	AccessPACECAM = "pace-cam"

	PasswordCAN = "can"
	PasswordMRZ = "mrz"

	ByChipAuthentication   = "chip-authentication"
	ByActiveAuthentication = "active-authentication"
	ByPACE                 = "pace-cam"
)

// Report says how a reading went and what was proven. It holds nothing
// personal and is as complete as the reading got, with an error too.
type Report struct {
	Access   string // AccessBAC …, "" while the chip is closed
	Password string // PasswordCAN or PasswordMRZ, with Access
	Variant  string // ciphers and group: "AES-128 brainpoolP256r1"
	// Downgraded: the chip's signed data say that it speaks PACE, yet it
	// refused before any password was tried, and was opened with BAC.
	Downgraded bool

	// The proofs, each apart.
	Hashes    Verdict // OK, Failed, Unknown, Absent (no SOD)
	Signature Verdict // OK, Failed, Unknown, Absent (no SOD)
	Chain     Verdict // Trusted, Unknown, Expired, Revoked, Failed
	Chip      Verdict // Genuine, Clone, Absent (no such proof, or refused)
	ChipBy    []string
	// Withheld: Chip is Clone because the chip kept silent, although its signed
	// data say that it can prove itself. No wrong answer was heard.
	Withheld bool
	Wrong    []int    // data groups that do not match their hash
	Reasons  []string // why a proof failed or could not be made, in English

	Groups   []Group // files read, in the order of reading
	Extended bool    // extended length was in use
	// ExtendedLost: the wire broke at the first extended command. The card may
	// have been torn off just then, or this card reader does not carry them.
	ExtendedLost bool

	Tries    int // keys tried
	APDUs    int
	Sent     int // bytes
	Received int
	Phases   []Phase // those that were entered, in order

	// Differences names the fields in which QR and chip differ, never what
	// they hold.
	Differences []string
}

// Group is one file that was read.
type Group struct {
	Name string // "DG1", "EF.SOD"
	Size int    // bytes
}

// Phase is one part of a reading and the time that it took.
type Phase struct {
	Name string // see Stage.String
	Took time.Duration
}

// Total is the time of the whole reading.
func (r Report) Total() time.Duration {
	var sum time.Duration
	for _, p := range r.Phases {
		sum += p.Took
	}
	return sum
}

// Took is the time of one phase by its name, 0 if it was not entered.
func (r Report) Took(name string) time.Duration {
	for _, p := range r.Phases {
		if p.Name == name {
			return p.Took
		}
	}
	return 0
}

// Proofs is what the verdicts count for.
func (r Report) Proofs() person.Proofs {
	return person.Proofs{Hashes: r.Hashes.proof(), Signature: r.Signature.proof(), Chain: r.Chain.proof(), Chip: r.Chip.proof()}
}

// has tells whether a file was read.
func (r Report) has(name string) bool {
	return slices.ContainsFunc(r.Groups, func(g Group) bool { return g.Name == name })
}

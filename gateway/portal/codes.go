package portal

// Code names why a try did not end well. It stands in the log, in the lists of
// the command line and in docs/portal-api.md, and is never given a second
// meaning.
type Code string

// The codes.
const (
	Unreachable Code = "portal-unreachable"
	Untrusted   Code = "portal-untrusted"
	Denied      Code = "portal-denied"
	SlowAnswer  Code = "portal-slow"
	AnswerLost  Code = "portal-answer-lost"
	Failed      Code = "portal-error"
	Busy        Code = "portal-busy"
	Maintenance Code = "portal-maintenance"
	InProgress  Code = "portal-in-progress"
	Unexpected  Code = "portal-unexpected"
	Rejected    Code = "portal-refused"
	Conflict    Code = "portal-conflict"
	Unreadable  Code = "dossier-unreadable"
	CalledOff   Code = "gateway-stopped"
)

// Meaning is a code for people.
type Meaning struct {
	Code   Code
	Text   string
	Remedy string
}

var meanings = []Meaning{
	{Unreachable, "The portal cannot be reached; nothing was sent.", "Check the network and the address in --portal."},
	{Untrusted, "The portal's certificate is not trusted; nothing was sent.", "Check --portal-ca, the clock, and whether it is the portal at all."},
	{Denied, "The portal does not let this gateway in.", "Ask the portal's people to admit the gateway."},
	{SlowAnswer, "The portal did not answer in time.", "None; the portal is asked before anything is sent again."},
	{AnswerLost, "The connection ended before the answer was whole.", "None; the portal is asked before anything is sent again."},
	{Failed, "The portal failed.", "If it lasts, tell the portal's people."},
	{Busy, "The portal wants fewer requests.", "None; the gateway waits as long as the portal wishes, an hour at most."},
	{Maintenance, "The portal is in maintenance.", "None; the gateway waits as long as the portal wishes, an hour at most."},
	{InProgress, "The portal is taking this dossier right now.", "None; the portal is asked again."},
	{Unexpected, "The answer is none of a portal's: a proxy, a log-in page, or a version that is not known here.", "Check the address in --portal and what stands in between."},
	{Rejected, "The portal will not take this dossier.", "Read the portal's reason in 'gateway dossier show'; after it is mended, 'gateway dossier retry'."},
	{Conflict, "The portal has another content under this dossier's key.", "Compare the two with the portal's people; nothing more is sent by itself."},
	{Unreadable, "The dossier cannot be opened here; nothing was sent.", "Check --hpke-key; if the store was damaged, restore it."},
	{CalledOff, "The gateway was stopped in the middle of a try.", "None; the portal is asked at the next start."},
}

// Meanings gives what all codes mean, for the documentation.
func Meanings() []Meaning { return append([]Meaning(nil), meanings...) }

// Means explains a code; its text is empty for one that is not known.
func Means(c Code) Meaning {
	for _, m := range meanings {
		if m.Code == c {
			return m
		}
	}
	return Meaning{Code: c}
}

package text

// Words are all sentences of all screens in one language. They are a struct,
// so that a screen cannot ask for a word that is not there; a test fails when
// a language lacks one. What the coded conditions say lies in firmware/health,
// what a form asks in the files of the services.
//
// Fields with a verb (%s, %d) are formats; the languages agree in their verbs.
type Words struct {
	LangName string

	// Frame.
	Steps                                       [5]string
	StepOf                                      string
	TextSize, Colors, Help                      string
	Back, Next, Cancel, KeepOn, OtherWay, Start string
	CallHelp, Unknown                           string

	// Attract.
	AttractHero, AttractLead                     string
	AttractLay, AttractCheck, AttractTake        string
	FactTime, FactWiped, FactAsk                 string
	NoPrinter, NoReader, NoScanner, NoNetwork    string
	NoReaderNoScanner                            string
	ConsentTitle, ConsentReads                   string
	ConsentName, ConsentHome, ConsentPhoto       string
	ConsentNever, ConsentWhy, ConsentUse         string
	ConsentLaw, ConsentNo, ConsentNoNote         string
	ConsentYes, ConsentYesNote                   string
	DeclinedTitle, DeclinedText, DeclinedNothing string
	DeclinedEnd, DeclinedPhone                   string

	// Identify.
	ScanTitle, ScanStep, ScanDone, ScanHow, TypedDone   string
	LayTitle, LayStep, LayHow, LayBelow                 string
	LayLeft, LayRight, CardHere                         string
	HoldTitle, Reading, NameSoFar                       string
	Stages                                              [4]string
	Relay, LiftFirst, ScanAgain, ToCounter, PickOther   string
	UntilTick, WaitCard, CodeAsk, CodeHelp, TypeInstead string

	// Other ways.
	OtherTitle, OtherType, OtherTypeNote      string
	OtherQR, OtherQRNote, OtherCard           string
	OtherCardNote, OtherAsk, OtherAskNote     string
	DigitsTitle, DigitsHow, DigitsMissing     string
	Erase                                     string
	ConfirmTitle, Name, Birth, IDNumber, Sex  string
	NotMe, ItsMe, LeaveCard, TakeOrLeave      string
	Genuine, GenuineText                      string
	Signed, SignedText                        string
	SignedChip, SignedChipText                string // no copy, issuer unknown
	SignedIssuer, SignedIssuerText            string // issuer known, perhaps a copy
	ChipRead, ChipReadText, QROnly, TypedOnly string
	OfficerLooks                              string
	ProofData, ProofSign, ProofIssuer         string
	ProofChip, NotMade, ProofFailed           string

	// Services and form.
	ServicesTitle, ServicesHere, Free, Fee, Elsewhere string
	QuestionOf, FromChip, Choose, WhyAsk, Skip        string
	Optional, HintChoose, HintPhone, NotOnCard        string

	ReviewTitle, ReviewLocked, ReviewYours, Edit string
	NotAnswered, SendTo, Confirms, FormLaw       string
	BornNumber, SubmitIt                         string

	// Submitting and outcome.
	SendingTitle, SendingTime, Keeping, KeptHere     string
	NumberIs, Sending, SendWaiting, Sent, NotYetSent string
	SendRefused, PrintStep, PrintingStep             string
	SafeNote, PleaseWait                             string

	Accepted, KeptTitle, RejectedTitle, ReceiptNumber           string
	Due, DueAt, DueVNeID, DueNote, StateAt, StateKept, StateBad string
	GatewayNumber                                               string
	BeforeLeaving, TakeReceipt, TakeCard, PrintedOK             string
	PrintingNow, PrintBroken, PrintUnclear, NoReceipt           string
	CopyNumber, CardStill, CardGone, YouHaveCard                string
	ToDo, Todo1, Todo1NoPaper, Todo2, Todo3                     string
	TodoBad1, TodoBad2, TodoBad2NoPaper                         string
	WipeIn, Code, Reprint, Finish, AnotherService               string

	// Goodbye and sheets.
	ByeTitle, ByeText, ByeCancelled, ByeTimedOut string
	ByeCardTitle, ByeCardText, ByeStart          string
	ClosedTitle, ClosedText                      string

	HelpTitle, HelpHere, HelpDo, HelpWho, HelpPhone string
	HelpSays                                        [13]string
	HelpCounter                                     string

	CancelTitle, CancelText, CancelYes, CancelNote string
	IdleTitle, IdleText, IdleAfter, IdleTap        string
	IdleEnd, IdleOn, SecondsLeft                   string
	LiftedTitle, LiftedText                        string

	// Spoken to whoever uses the keypad: how, and what pictures show to others.
	Begin, Keys, Chosen, Unavailable, Volume string
	ScanBelow, ScanLeft, ScanRight           string
	PaperBelow, PaperLeft, PaperRight        string
}

// In gives the words of a language, Vietnamese unless it is "en".
func In(lang string) *Words {
	if lang == "en" {
		return &english
	}
	return &vietnamese
}

// Languages lists the codes of all languages.
func Languages() []string { return []string{"vi", "en"} }

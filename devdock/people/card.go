package people

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tram06/firmware/emrtd/chipsim"
)

// Card is a citizen's card of one personality, or what somebody made of it.
type Card struct {
	Key     string // stable name for pages and tests: "mau", "mau-clone"
	VI, EN  string // a line each about what this card is
	Citizen Citizen
	Profile chipsim.Profile
	Attack  *chipsim.Attack // nil for an honest card
}

// ordinary is the personality of a card that nothing is said of.
func (c Citizen) ordinary() string {
	if c.Card.Issued[6:] >= "2024" {
		return "card-2024"
	}
	return "card-2021"
}

// shown are the cards in the tray beside everybody's ordinary one: the end of
// the key, and the personality or attack.
var shown = []struct{ end, name string }{
	{"bac", "bac-only"}, {"pace", "pace-only"}, {"cam", "pace-cam"}, {"im", "pace-im"}, {"dh", "pace-dh-2048-256"},
	{"short", "short-apdu"}, {"small", "small-frames"}, {"slow", "slow"}, {"jpeg2000", "jpeg2000"}, {"face-new", "face-39794"},
	{"details", "details"}, {"rsa", "aa-rsa-2048"}, {"brainpool", "sod-brainpool-explicit"}, {"pss", "sod-rsa-pss"}, {"locks", "can-locks"}, {"no-proof", "no-proof"},
	{"clone", "clone-ca"}, {"clone-aa", "clone-aa"}, {"clone-cam", "clone-cam"}, {"clone-bare", "clone-without-dg"}, {"clone-refuses", "clone-refuses"},
	{"changed", "changed-dg13"}, {"photo-changed", "changed-dg2"}, {"sod-changed", "changed-sod"},
	{"foreign", "foreign-signer"}, {"forged", "forged-signer"}, {"expired", "expired-signer"}, {"revoked", "revoked-signer"},
	{"replay", "replay"}, {"counter", "wrong-counter"}, {"mac", "wrong-mac"}, {"downgrade", "downgrade-bac"}, {"weaker", "weaker-pace"},
	{"longer", "longer-dg2"}, {"endless", "endless-answer"}, {"garbage", "garbage"},
}

// Cards gives everybody's ordinary card, and the first citizen's in every way
// that is worth trying.
func Cards() []Card {
	var out []Card
	for _, c := range All() {
		if card, ok := CardByKey(c.Key); ok {
			out = append(out, card)
		}
	}
	for _, s := range shown {
		if card, ok := CardByKey(All()[0].Key + "-" + s.end); ok {
			out = append(out, card)
		}
	}
	return out
}

// CardByKey finds a card: a citizen's key alone, or with the end of one in the
// tray, or with the name of any personality or attack.
func CardByKey(key string) (Card, bool) {
	person, end, special := strings.Cut(key, "-")
	c, ok := ByKey(person)
	if !ok {
		return Card{}, false
	}
	name := c.ordinary()
	if special {
		name = end
		for _, s := range shown {
			if s.end == end {
				name = s.name
			}
		}
	}
	card := Card{Key: key, Citizen: c}
	if a, ok := chipsim.AttackNamed(name); ok {
		card.Attack, card.VI, card.EN = &a, a.VI, a.EN
		name = a.On
	}
	if card.Profile, ok = chipsim.PersonalityNamed(name); !ok {
		return Card{}, false
	}
	if card.Attack == nil {
		card.VI, card.EN = card.Profile.VI, card.Profile.EN
	}
	return card, true
}

// Document gives what the card's chip is made of.
func (c Card) Document(a *chipsim.Authority, rand io.Reader) (chipsim.Personality, chipsim.Files, error) {
	h, err := c.Citizen.Holder(a)
	if err != nil {
		return chipsim.Personality{}, nil, err
	}
	p, f, err := chipsim.Issue(c.Profile, c.Attack, h, a, rand)
	if err != nil {
		return chipsim.Personality{}, nil, fmt.Errorf("card %s: %w", c.Key, err)
	}
	return p, f, nil
}

// Chip makes the card's chip, signed by the authority.
func (c Card) Chip(a *chipsim.Authority, rand io.Reader) (*chipsim.Chip, error) {
	p, f, err := c.Document(a, rand)
	if err != nil {
		return nil, err
	}
	return chipsim.New(p, f, rand)
}

// Founded is the day of the test authority that covers everybody's card.
func Founded() time.Time { return time.Date(2021, 1, 4, 0, 0, 0, 0, time.UTC) }

// NewAuthority makes the authority of all cards here.
func NewAuthority(rand io.Reader) (*chipsim.Authority, error) {
	return chipsim.NewAuthority(rand, Founded())
}

// Holder is the citizen as a card's maker needs to know them. The signing time
// is the day of issue, if the authority was there then.
func (c Citizen) Holder(a *chipsim.Authority) (chipsim.Holder, error) {
	fail := func(err error) (chipsim.Holder, error) {
		return chipsim.Holder{}, fmt.Errorf("card of %s: %w", c.Key, err)
	}
	mrz, err := c.MRZ()
	if err != nil {
		return fail(err)
	}
	issued, err := time.Parse("02/01/2006", c.Card.Issued)
	if err != nil {
		return fail(err)
	}
	if !a.Covers(issued) {
		issued = time.Time{}
	}
	return chipsim.Holder{
		CAN: c.CAN(), MRZ: mrz, Historical: [8]byte{'T', 'R', 'A', 'M', '0', '6', 'S', 'I'},
		Picture: c.picture, Groups: c.groups, Issued: issued, Details: c.details(),
	}, nil
}

func (c Citizen) picture(jpeg2000 bool) (chipsim.Picture, error) {
	encode := c.Portrait
	if jpeg2000 {
		encode = c.Portrait2000
	}
	b, err := encode()
	return chipsim.Picture{Data: b, Width: photoWidth, Height: photoHeight}, err
}

func (c Citizen) groups(p chipsim.Profile) (map[int][]byte, error) {
	b, err := layOut(c.Card, p.Files.DG13)
	return map[int][]byte{13: b}, err
}

// details are the same facts as DG11 and DG12 hold them, and a neighbour.
func (c Citizen) details() chipsim.Details {
	eight := func(date string) string { return date[6:10] + date[3:5] + date[0:2] }
	return chipsim.Details{
		Name: c.Card.Name, Number: c.Card.Number, Birth: eight(c.Card.Birth), BirthPlace: c.Card.Origin, Address: c.Card.Residence,
		Authority: "CƠ QUAN THỬ NGHIỆM", Issued: eight(c.Card.Issued),
		Contact: "LÁNG GIỀNG THÂN QUEN", ContactTelephone: "0900000000", ContactAddress: c.Card.Residence, ContactRecorded: eight(c.Card.Issued),
	}
}

// Chip makes the chip of the ordinary card, signed by an authority of its own.
func (c Citizen) Chip(rand io.Reader) (*chipsim.Chip, error) {
	a, err := NewAuthority(rand)
	if err != nil {
		return nil, fmt.Errorf("card of %s: %w", c.Key, err)
	}
	p, f, err := c.Document(a, rand)
	if err != nil {
		return nil, err
	}
	return chipsim.New(p, f, rand)
}

// Document gives what the ordinary card's chip is made of, for cards of one
// authority and for cards with a fault.
func (c Citizen) Document(a *chipsim.Authority, rand io.Reader) (chipsim.Personality, chipsim.Files, error) {
	card, ok := CardByKey(c.Key)
	if !ok {
		return chipsim.Personality{}, nil, fmt.Errorf("no personality for the card of %s", c.Key)
	}
	return card.Document(a, rand)
}

package cccd_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/trust"
	"tram06/firmware/person"
)

// issuer is an authority with the store of those who trust it.
type issuer struct {
	*chipsim.Authority
	store *trust.Store
}

func newIssuer(t testing.TB) issuer {
	t.Helper()
	a, err := people.NewAuthority(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := people.Publish(a, dir, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	store, problems, err := trust.Open(dir)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return issuer{a, store}
}

// issue makes a card of the library, not yet laid down. Changes of its holder
// may be given.
func (i issuer) issue(t testing.TB, c people.Citizen, p chipsim.Profile, attack *chipsim.Attack, changes ...func(*chipsim.Holder)) *field {
	t.Helper()
	h, err := c.Holder(i.Authority)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(&h)
	}
	who, files, err := chipsim.Issue(p, attack, h, i.Authority, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	chip, err := chipsim.New(who, files, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &field{chip: chip, tear: -1}
}

// smallPhoto gives a card the beginning of a portrait: nothing to look at, and
// quick to read in many pieces.
func smallPhoto(t testing.TB, c people.Citizen) func(*chipsim.Holder) {
	t.Helper()
	b, err := c.Portrait()
	if err != nil {
		t.Fatal(err)
	}
	p := chipsim.Picture{Data: b[:1500], Width: 48, Height: 64}
	return func(h *chipsim.Holder) { h.Picture = func(bool) (chipsim.Picture, error) { return p, nil } }
}

// lay gives a card of the library that one of the made-up citizens has.
func (i issuer) lay(t *testing.T, c people.Citizen, name string) *field {
	t.Helper()
	card, ok := people.CardByKey(c.Key + "-" + name)
	if !ok {
		t.Fatalf("no card %s of %s", name, c.Key)
	}
	chip, err := card.Chip(i.Authority, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &field{chip: chip, tear: -1}
}

// checkAsked sees to it that nobody asked for fingerprints or irises.
func checkAsked(t *testing.T, f *field) {
	t.Helper()
	for _, id := range f.chip.Asked() {
		if id == chipsim.DG(3) || id == chipsim.DG(4) {
			t.Error("the reader asked for fingerprints or irises")
		}
	}
}

// Every card of the library is read, with every proof that it can give, by the
// QR of its holder alone. The made-up citizens take turns.
func TestEveryPersonality(t *testing.T) {
	i := newIssuer(t)
	for n, p := range chipsim.Personalities() {
		c := people.All()[n%len(people.All())]
		t.Run(p.Name, func(t *testing.T) {
			f := i.lay(t, c, p.Name)
			o := options()
			o.Trust, o.AllProofs = i.store, true
			got, err := cccd.Read(t.Context(), f, scan(t, c), o)
			if err != nil {
				t.Fatalf("%v\n%+v", err, got.Report)
			}
			checkAsked(t, f)
			who, r, d := got.Person, got.Report, c.Card
			if who.Number != d.Number || who.Name != d.Name || who.Birth != d.Birth || who.Residence != d.Residence {
				t.Error("another person than on the card")
			}
			if who.Portrait.Data == nil || who.Portrait.Image == nil {
				t.Errorf("portrait %v of %d bytes", who.Portrait.Image != nil, len(who.Portrait.Data))
			}
			if r.Hashes != cccd.OK || r.Signature != cccd.OK || r.Chain != cccd.Trusted {
				t.Errorf("hashes %q, signature %q, chain %q", r.Hashes, r.Signature, r.Chain)
			}
			checkChip(t, p, r)
			checkAccess(t, p, r)
			want := person.ChipSigned
			if r.Chip == cccd.Genuine {
				want = person.ChipGenuine
			}
			if who.Assurance != want {
				t.Errorf("assurance %v, want %v", who.Assurance, want)
			}
		})
	}
}

func checkChip(t *testing.T, p chipsim.Profile, r cccd.Report) {
	t.Helper()
	var by []string
	if r.Access == cccd.AccessPACECAM { // a chip may offer it beside the usual variant
		by = []string{cccd.ByPACE}
	}
	if len(p.ChipAuthentication) > 0 {
		by = append(by, cccd.ByChipAuthentication)
	}
	if p.ActiveAuthentication != nil {
		by = append(by, cccd.ByActiveAuthentication)
	}
	want := cccd.Genuine
	if by == nil {
		want = cccd.Absent
	}
	if r.Chip != want || !slices.Equal(by, r.ChipBy) {
		t.Errorf("chip %q by %v, want %q by %v: %q", r.Chip, r.ChipBy, want, by, r.Reasons)
	}
	if r.Downgraded || r.Withheld {
		t.Errorf("downgraded: %q", r.Reasons)
	}
}

func checkAccess(t *testing.T, p chipsim.Profile, r cccd.Report) {
	t.Helper()
	if len(p.Access.PACE) == 0 {
		if r.Access != cccd.AccessBAC {
			t.Errorf("access %s without PACE", r.Access)
		}
		return
	}
	if want := map[bool]string{false: cccd.PasswordCAN, true: cccd.PasswordMRZ}[p.Access.WithoutCAN]; r.Password != want {
		t.Errorf("opened by %s, want %s", r.Password, want)
	}
	var offered []string
	for _, v := range p.Access.PACE {
		offered = append(offered, "pace-"+string(v.Mapping))
	}
	if !strings.Contains(strings.Join(offered, " "), r.Access) || r.Access == "" {
		t.Errorf("access %q, offered %v: %q", r.Access, offered, r.Reasons)
	}
}

// Every attack of the library ends with the verdict that its file wants, and
// nobody is identified by a card that failed.
func TestEveryAttack(t *testing.T) {
	i := newIssuer(t)
	for n, a := range chipsim.Attacks() {
		c := people.All()[n%len(people.All())]
		for _, thorough := range []bool{false, true} {
			name := a.Name
			if thorough {
				name += ", thorough"
			}
			t.Run(name, func(t *testing.T) {
				f := i.lay(t, c, a.Name)
				o := options()
				o.Trust, o.Thorough = i.store, thorough
				got, err := cccd.Read(t.Context(), f, scan(t, c), o)
				checkAsked(t, f)
				r, want := got.Report, a.Expect
				if (err != nil) != want.Refused {
					t.Errorf("refused: %v, want %v; %q", err, want.Refused, r.Reasons)
				}
				if errors.Is(err, cccd.ErrChip) != want.Broken {
					t.Errorf("broken: %v, want %v", err, want.Broken)
				}
				if sentinel := wanted(want); sentinel != nil && !errors.Is(err, sentinel) {
					t.Errorf("%v, want %v", err, sentinel)
				}
				for _, v := range []struct {
					proof, want string
					got         cccd.Verdict
				}{{"hashes", want.Hashes, r.Hashes}, {"signature", want.Signature, r.Signature}, {"chain", want.Chain, r.Chain}, {"chip", want.Chip, r.Chip}} {
					// A kiosk ends at the first proof that fails, a technician sees
					// the others too.
					if v.want != "" && string(v.got) != v.want && (thorough || v.got != cccd.NotMade) {
						t.Errorf("%s: %q, want %q; %q", v.proof, v.got, v.want, r.Reasons)
					}
				}
				if r.Downgraded != want.Downgraded && (thorough || !want.Refused) {
					t.Errorf("downgraded %v; %q", r.Downgraded, r.Reasons)
				}
				if silent := a.Keys == chipsim.KeysMissing; r.Withheld != silent {
					t.Errorf("withheld %v; %q", r.Withheld, r.Reasons)
				}
				if err != nil && (got.Person.Assurance != person.Nobody || !thorough && got.Person.Name != "") {
					t.Errorf("%v in spite of %v", got.Person, err)
				}
				if err == nil && got.Person.Name != c.Card.Name {
					t.Errorf("read %v", got.Person)
				}
				for _, secret := range []string{c.Card.Number, c.CAN(), c.Card.Name, c.Card.Number[3:]} {
					for _, said := range append(r.Reasons, errorText(err)) {
						if strings.Contains(said, secret) {
							t.Errorf("tells %q: %s", secret, said)
						}
					}
				}
			})
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// wanted is the error that the first failed proof of an attack gives.
func wanted(e chipsim.Expect) error {
	switch {
	case !e.Refused:
		return nil
	case e.Broken:
		return cccd.ErrChip
	case e.Hashes == "failed":
		return cccd.ErrHash
	case e.Signature == "failed":
		return cccd.ErrSignature
	case e.Chain == "expired":
		return cccd.ErrSignerExpired
	case e.Chain == "revoked":
		return cccd.ErrSignerRevoked
	case e.Chain == "failed":
		return cccd.ErrChain
	}
	return cccd.ErrClone
}

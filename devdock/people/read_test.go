package people

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/trust"
)

// field carries APDUs to a chip on the table.
type field struct{ chip *chipsim.Chip }

func (f field) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f.chip.Transmit(cmd), nil
}

// office is the authority, and a reader that trusts it.
type office struct {
	t         *testing.T
	authority *chipsim.Authority
	dir       string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	a, err := NewAuthority(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &office{t, a, t.TempDir()}
}

// today is a day on which everybody's card is valid.
func today() time.Time { return time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC) }

// store is the folder after the authority has published what it has by now.
func (o *office) store() *trust.Store {
	o.t.Helper()
	if err := Publish(o.authority, o.dir, today()); err != nil {
		o.t.Fatal(err)
	}
	s, problems, err := trust.Open(o.dir)
	if err != nil || len(problems) > 0 {
		o.t.Fatalf("%v, %v", problems, err)
	}
	return s
}

func (o *office) read(key string) (Card, cccd.Result, error) {
	o.t.Helper()
	card, ok := CardByKey(key)
	if !ok {
		o.t.Fatalf("no card %s", key)
	}
	p, f, err := card.Document(o.authority, rand.Reader)
	if err != nil {
		o.t.Fatal(err)
	}
	chip, err := chipsim.New(p, f, rand.Reader)
	if err != nil {
		o.t.Fatal(err)
	}
	qr, err := cccd.ParseQR([]byte(card.Citizen.QR()))
	if err != nil {
		o.t.Fatal(err)
	}
	access := cccd.Access{QR: &qr}
	if card.Profile.Access.WithoutCAN || card.Profile.Files.LongNumber {
		access.MRZ = p.MRZ
	}
	got, err := cccd.Read(context.Background(), field{chip}, access, cccd.Options{
		Rand: rand.Reader, Now: today, Trust: o.store(), AllProofs: true, Thorough: card.Attack != nil})
	for _, id := range chip.Asked() {
		if id == chipsim.DG(3) || id == chipsim.DG(4) {
			o.t.Error("the reader asked for fingerprints or irises")
		}
	}
	return card, got, err
}

// The reader reads every personality, and finds each of them genuine that can
// prove it.
func TestEveryPersonalityIsRead(t *testing.T) {
	o := newOffice(t)
	for i, p := range chipsim.Personalities() {
		t.Run(p.Name, func(t *testing.T) {
			o.t = t
			card, got, err := o.read(All()[i%len(All())].Key + "-" + p.Name)
			if err != nil {
				t.Fatalf("%v (%+v)", err, got.Report)
			}
			r := got.Report
			if r.Hashes != cccd.OK || r.Signature != cccd.OK || r.Chain != cccd.Trusted || r.Downgraded {
				t.Errorf("%+v", r)
			}
			want := cccd.Genuine
			cam := len(p.Access.PACE) > 0 && r.Access == cccd.AccessPACECAM
			if len(p.ChipAuthentication) == 0 && p.ActiveAuthentication == nil && !cam {
				want = cccd.Absent
			}
			if r.Chip != want {
				t.Errorf("the chip is %q, want %q: %v", r.Chip, want, r.Reasons)
			}
			if len(p.Access.PACE) > 0 && r.Access == cccd.AccessBAC {
				t.Errorf("opened by %s: %v", r.Access, r.Reasons)
			}
			d := card.Citizen.Card
			if got.Person.Number != d.Number || got.Person.Name != d.Name || got.Person.Residence != d.Residence || len(got.Person.Portrait.Data) == 0 {
				t.Error("another person than on the card")
			}
		})
	}
}

// The reader finds in every attack what is to be found.
func TestEveryAttackIsFound(t *testing.T) {
	o := newOffice(t)
	for i, a := range chipsim.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			o.t = t
			_, got, err := o.read(All()[i%len(All())].Key + "-" + a.Name)
			r := got.Report
			for _, f := range []struct {
				what, want string
				got        cccd.Verdict
			}{{"hashes", a.Expect.Hashes, r.Hashes}, {"signature", a.Expect.Signature, r.Signature}, {"chain", a.Expect.Chain, r.Chain}, {"chip", a.Expect.Chip, r.Chip}} {
				if f.want != "" && string(f.got) != f.want {
					t.Errorf("%s %q, want %q", f.what, f.got, f.want)
				}
			}
			if r.Downgraded != a.Expect.Downgraded {
				t.Errorf("downgraded: %v", r.Downgraded)
			}
			if (err != nil) != a.Expect.Refused || errors.Is(err, cccd.ErrChip) != a.Expect.Broken {
				t.Errorf("error %v", err)
			}
			if t.Failed() {
				t.Logf("%+v", r)
			}
		})
	}
}

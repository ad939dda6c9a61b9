package cccd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/person"
)

var errTorn = errors.New("card torn off")

// field is the air between reader and chip.
type field struct {
	chip  *chipsim.Chip
	tear  int // commands before the card is gone; negative for never
	count int
	ins   []byte
	onAir func(cmd []byte)
}

func (f *field) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if f.tear >= 0 && f.count >= f.tear {
		return nil, errTorn
	}
	f.count++
	f.ins = append(f.ins, cmd[1])
	if f.onAir != nil {
		f.onAir(cmd)
	}
	return f.chip.Transmit(cmd), nil
}

type change func(*chipsim.Personality, chipsim.Files)

func lay(t testing.TB, c people.Citizen, ch change) *field {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	p, f, err := c.Document(a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ch != nil {
		ch(&p, f)
	}
	chip, err := chipsim.New(p, f, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &field{chip: chip, tear: -1}
}

func citizen(t testing.TB, key string) people.Citizen {
	t.Helper()
	c, ok := people.ByKey(key)
	if !ok {
		t.Fatalf("no citizen %q", key)
	}
	return c
}

func scan(t testing.TB, c people.Citizen) cccd.Access {
	t.Helper()
	q, err := cccd.ParseQR([]byte(c.QR()))
	if err != nil {
		t.Fatal(err)
	}
	return cccd.Access{QR: &q}
}

// zone is the three printed lines of a card.
func zone(t testing.TB, c people.Citizen) string {
	t.Helper()
	mrz, err := c.MRZ()
	if err != nil {
		t.Fatal(err)
	}
	return mrz
}

// options has a clock that goes on by a second at each look.
func options() cccd.Options {
	now := time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC)
	return cccd.Options{Rand: rand.Reader, Now: func() time.Time { now = now.Add(time.Second); return now }}
}

// checkPerson compares what was read with what is printed on the card.
func checkPerson(t *testing.T, c people.Citizen, got person.Person) {
	t.Helper()
	d := c.Card
	want := person.Person{Number: d.Number, Name: d.Name, Birth: d.Birth, Sex: d.Sex, Nationality: d.Nationality, Ethnicity: d.Ethnicity,
		Religion: d.Religion, Origin: d.Origin, Residence: d.Residence, Issued: d.Issued, Expires: d.Expires, OldNumber: d.OldNumber,
		Assurance: person.ChipSigned, Proofs: person.Proofs{Hashes: person.Passed, Signature: person.Passed, Chain: person.Unknown, Chip: person.Passed}}
	photo, err := c.Portrait()
	if err != nil {
		t.Fatal(err)
	}
	if got.Portrait.MediaType != "image/jpeg" || !bytes.Equal(got.Portrait.Data, photo) {
		t.Errorf("portrait: %s of %d bytes, want %d", got.Portrait.MediaType, len(got.Portrait.Data), len(photo))
	}
	if got.Portrait.Image == nil || got.Portrait.Image.Bounds().Size() != image.Pt(480, 640) {
		t.Error("portrait was not decoded")
	}
	got.Portrait = person.Portrait{}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReadEveryCitizen(t *testing.T) {
	ways := map[string]struct {
		change   change
		typed    bool
		protocol string
	}{
		"PACE":                        {nil, false, cccd.AccessPACEGM},
		"PACE, digits typed":          {nil, true, cccd.AccessPACEGM},
		"card access hidden":          {func(p *chipsim.Personality, _ chipsim.Files) { p.HideCardAccess = true }, false, cccd.AccessPACEGM},
		"PACE inside the application": {func(p *chipsim.Personality, _ chipsim.Files) { p.PACEInside = true }, false, cccd.AccessPACEGM},
		"Le refused":                  {func(p *chipsim.Personality, _ chipsim.Files) { p.RefuseLe = true }, false, cccd.AccessPACEGM},
		"short APDUs only":            {func(p *chipsim.Personality, _ chipsim.Files) { p.WithoutExtended = true }, false, cccd.AccessPACEGM},
		"extended length ends it":     {func(p *chipsim.Personality, _ chipsim.Files) { p.ExtendedEnds = true }, false, cccd.AccessPACEGM},
		"the same with BAC":           {func(p *chipsim.Personality, _ chipsim.Files) { p.CardAccess, p.ExtendedEnds = nil, true }, false, cccd.AccessBAC},
		"BAC only":                    {func(p *chipsim.Personality, _ chipsim.Files) { p.CardAccess = nil }, false, cccd.AccessBAC},
		"BAC only, short APDUs":       {func(p *chipsim.Personality, _ chipsim.Files) { p.CardAccess, p.WithoutExtended = nil, true }, false, cccd.AccessBAC},
		"another CAN, so BAC":         {func(p *chipsim.Personality, _ chipsim.Files) { p.CAN = "135790" }, false, cccd.AccessBAC},
		"no CAN, so the MRZ":          {func(p *chipsim.Personality, _ chipsim.Files) { p.CAN = "" }, false, cccd.AccessPACEGM},
	}
	for _, c := range people.All() {
		for name, way := range ways {
			t.Run(c.Key+", "+name, func(t *testing.T) {
				f := lay(t, c, way.change)
				access := scan(t, c)
				if way.typed {
					access = cccd.Access{CAN: c.CAN()}
				}
				got, err := cccd.Read(t.Context(), f, access, options())
				if err != nil {
					t.Fatal(err)
				}
				checkPerson(t, c, got.Person)
				if got.Report.Access != way.protocol || got.Report.APDUs != f.count {
					t.Errorf("%s with %d APDUs, counted %d", got.Report.Access, got.Report.APDUs, f.count)
				}
			})
		}
	}
}

// The figures that docs/performance.md names, with a portrait of 15 KB.
func TestFewAPDUs(t *testing.T) {
	c := citizen(t, "mau")
	short := func(p *chipsim.Personality, _ chipsim.Files) { p.WithoutExtended = true }
	noProof := func(next change) change {
		return func(p *chipsim.Personality, f chipsim.Files) {
			bare(t, f)
			if next != nil {
				next(p, f)
			}
		}
	}
	tests := []struct {
		name    string
		change  change
		options func(*cccd.Options)
		most    int
	}{
		{"BAC", noProof(nil), func(o *cccd.Options) { o.BACFirst = true }, 7},
		{"PACE", noProof(nil), nil, 10},
		{"PACE with both proofs", nil, func(o *cccd.Options) { o.AllProofs = true }, 15},
		{"PACE with one proof", nil, nil, 13},
		{"BAC, short", noProof(short), func(o *cccd.Options) { o.BACFirst = true }, 85},
		{"PACE, short", noProof(short), nil, 88},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := lay(t, c, tt.change)
			o := options()
			if tt.options != nil {
				tt.options(&o)
			}
			got, err := cccd.Read(t.Context(), f, scan(t, c), o)
			if err != nil {
				t.Fatal(err)
			}
			r := got.Report
			if r.APDUs > tt.most || r.APDUs != f.count {
				t.Errorf("%d APDUs, want at most %d: % X", r.APDUs, tt.most, f.ins)
			}
			if r.Tries != 1 || r.Received < 15000 {
				t.Errorf("%d tries, %d bytes", r.Tries, r.Received)
			}
			var names []string
			for _, p := range r.Phases {
				names = append(names, p.Name)
				if p.Took != time.Second { // of the test's clock
					t.Errorf("%s took %v", p.Name, p.Took)
				}
			}
			if want := []string{"access", "names", "security", "chip", "photo", "check"}; !slices.Equal(names, want) || r.Total() != 6*time.Second || r.Took("photo") != time.Second {
				t.Errorf("phases %v, %v", r.Phases, r.Total())
			}
		})
	}
}

// bare takes the groups away that prove a chip, as a card that never had them.
func bare(t testing.TB, f chipsim.Files) {
	t.Helper()
	delete(f, chipsim.DG(14))
	delete(f, chipsim.DG(15))
	sign(t, f)
}

// sign has a new authority sign the files as they are.
func sign(t testing.TB, f chipsim.Files) {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	groups := map[int][]byte{}
	for n := 1; n <= 16; n++ {
		if b := f[chipsim.DG(n)]; b != nil {
			groups[n] = b
		}
	}
	if f[chipsim.FileSOD], err = a.Sign(groups); err != nil {
		t.Fatal(err)
	}
}

func TestProgress(t *testing.T) {
	c := citizen(t, "hblong")
	f := lay(t, c, func(p *chipsim.Personality, _ chipsim.Files) { p.WithoutExtended = true })
	o := options()
	var stages []cccd.Stage
	bytes := 0
	o.Progress = func(step cccd.Step) {
		s, p := step.Stage, step.Person
		if step.Total > 0 {
			if s != cccd.Photo || step.Done > step.Total || step.Total < 15000 {
				t.Errorf("stage %v: %d of %d", s, step.Done, step.Total)
			}
			bytes++
			return
		}
		stages = append(stages, s)
		if (p.Name == c.Card.Name) != (s >= cccd.Security) || (p.Assurance == person.ChipSigned) != (s > cccd.Security) {
			t.Errorf("stage %v: %v", s, p)
		}
	}
	if _, err := cccd.Read(t.Context(), f, scan(t, c), o); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(stages, []cccd.Stage{cccd.Opening, cccd.Names, cccd.Security, cccd.Proving, cccd.Photo, cccd.Checking}) || bytes < 60 {
		t.Errorf("stages %v, %d times bytes", stages, bytes)
	}
}

func flip(id uint16, at int) change {
	return func(_ *chipsim.Personality, f chipsim.Files) {
		b := f[id]
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 0x01
	}
}

func TestReadRefuses(t *testing.T) {
	c := citizen(t, "mau")
	other := citizen(t, "vidu")
	tests := []struct {
		name   string
		change change
		access func() cccd.Access
		want   error
	}{
		{"wrong CAN and no MRZ data", nil, func() cccd.Access { return cccd.Access{CAN: "999999"} }, cccd.ErrAccess},
		{"nothing known", nil, func() cccd.Access { return cccd.Access{} }, cccd.ErrAccess},
		{"CAN that is no number", nil, func() cccd.Access { return cccd.Access{CAN: "12a456"} }, cccd.ErrAccess},
		{"QR of somebody else", nil, func() cccd.Access { return scan(t, other) }, cccd.ErrAccess},
		{"another CAN, no BAC, no MRZ data", func(p *chipsim.Personality, _ chipsim.Files) { p.CAN, p.WithoutBAC = "135790", true },
			func() cccd.Access { return cccd.Access{CAN: c.CAN()} }, cccd.ErrAccess},
		{"MRZ of somebody else, no BAC", func(p *chipsim.Personality, _ chipsim.Files) { p.WithoutBAC = true },
			func() cccd.Access { return cccd.Access{MRZ: zone(t, other)} }, cccd.ErrAccess},
		{"MRZ with a typing error", nil, func() cccd.Access { return cccd.Access{MRZ: "090000638790031523003150"} }, cccd.ErrAccess},
		{"MRZ cut short", nil, func() cccd.Access { return cccd.Access{MRZ: "0900006387"} }, cccd.ErrAccess},
		{"DG1 changed", flip(chipsim.DG(1), -2), nil, cccd.ErrHash},
		{"DG2 changed", flip(chipsim.DG(2), -2), nil, cccd.ErrHash},
		{"DG13 changed", flip(chipsim.DG(13), 40), nil, cccd.ErrHash},
		{"SOD of another authority", resign, nil, cccd.ErrSignature},
		{"signature changed", flip(chipsim.FileSOD, -1), nil, cccd.ErrSignature},
		{"bank card", func(p *chipsim.Personality, _ chipsim.Files) { p.Fault = chipsim.NoApplication }, nil, cccd.ErrNotIDCard},
		{"transit card", func(p *chipsim.Personality, _ chipsim.Files) { p.Fault = chipsim.NoInstruction }, nil, cccd.ErrNotIDCard},
		{"noise after access", func(p *chipsim.Personality, _ chipsim.Files) { p.Fault = chipsim.Garbage }, nil, cccd.ErrChip},
		{"no DG1", func(_ *chipsim.Personality, f chipsim.Files) { delete(f, chipsim.DG(1)) }, nil, cccd.ErrChip},
		{"DG1 is closed", func(p *chipsim.Personality, _ chipsim.Files) { p.Closed = []int{1} }, nil, cccd.ErrChip},
		{"DG13 is no DER", func(_ *chipsim.Personality, f chipsim.Files) {
			f[chipsim.DG(13)] = []byte{0x6D, 0x03, 0x30, 0x09, 0x02}
		}, nil, cccd.ErrHash},
		{"DG13 of another card", dg13Of(t, other), nil, cccd.ErrDiffers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			access := scan(t, c)
			if tt.access != nil {
				access = tt.access()
			}
			got, err := cccd.Read(t.Context(), lay(t, c, tt.change), access, options())
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if d := cmp.Diff(person.Person{}, got.Person); d != "" {
				t.Errorf("a person in spite of the error: %s", d)
			}
			for _, secret := range []string{c.Card.Number, c.CAN(), c.Card.Name, "090000638", other.Card.Number} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
		})
	}
}

// resign swaps the signature for that of another card's SOD.
func resign(_ *chipsim.Personality, f chipsim.Files) {
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	sod, err := a.Sign(map[int][]byte{1: f[chipsim.DG(1)]})
	if err != nil {
		panic(err)
	}
	mine := f[chipsim.FileSOD]
	swap := func(sod []byte) (before, signature []byte) {
		i := bytes.LastIndex(sod, []byte{0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02})
		return sod[:i+12], sod[i+12:]
	}
	_, foreign := swap(sod)
	before, own := swap(mine)
	// Signatures differ in length by a byte or two; try until this one fits.
	for len(foreign) != len(own) {
		if sod, err = a.Sign(map[int][]byte{1: f[chipsim.DG(1)]}); err != nil {
			panic(err)
		}
		_, foreign = swap(sod)
	}
	f[chipsim.FileSOD] = append(bytes.Clone(before), foreign...)
}

// dg13Of puts somebody else's DG13 on the card, rightly signed.
func dg13Of(t testing.TB, other people.Citizen) change {
	return func(_ *chipsim.Personality, f chipsim.Files) {
		f[chipsim.DG(13)] = cccd.EncodeDG13(other.Card)
		sign(t, f)
	}
}

func TestQRAndChipDiffer(t *testing.T) {
	// A card whose chip belongs to somebody with the same last six digits.
	c := citizen(t, "mau")
	q, err := cccd.ParseQR([]byte(strings.Replace(c.QR(), "001090000638", "002090000638", 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = cccd.Read(t.Context(), lay(t, c, nil), cccd.Access{QR: &q}, options())
	if !errors.Is(err, cccd.ErrDiffers) {
		t.Fatalf("got %v", err)
	}
}

func TestOneCANForOnePlacing(t *testing.T) {
	c := citizen(t, "mau")
	f := lay(t, c, func(p *chipsim.Personality, _ chipsim.Files) { p.CAN = "135790" })
	tokens := 0
	f.onAir = func(cmd []byte) {
		if bytes.HasPrefix(cmd, []byte{0x00, 0x86}) {
			tokens++
		}
	}
	if _, err := cccd.Read(t.Context(), f, scan(t, c), options()); err != nil {
		t.Fatal(err)
	}
	if tokens != 1 {
		t.Errorf("%d CANs were tried", tokens)
	}
}

func TestExpiryIsFound(t *testing.T) {
	// An office that gave the expiry of the age before or after the right one.
	c := citizen(t, "mau")
	for want, expiry := range map[int]string{1: "300315", 2: "500315", 3: "991231"} {
		mrz, err := cccd.MRZ(c.Card.Number, c.Card.Name, "900315", "Nam", expiry)
		if err != nil {
			t.Fatal(err)
		}
		f := lay(t, c, func(p *chipsim.Personality, _ chipsim.Files) { p.CardAccess, p.MRZ = nil, mrz })
		got, err := cccd.Read(t.Context(), f, scan(t, c), options())
		if err != nil {
			t.Fatalf("%s: %v", expiry, err)
		}
		if got.Report.Tries != want { // PACE was refused, not tried
			t.Errorf("%s: %d tries, want %d", expiry, got.Report.Tries, want)
		}
	}
}

func TestCalledOff(t *testing.T) {
	c := citizen(t, "mau")
	f := lay(t, c, nil)
	ctx, cancel := context.WithCancel(t.Context())
	f.onAir = func([]byte) {
		if f.count == 9 {
			cancel()
		}
	}
	_, err := cccd.Read(ctx, f, scan(t, c), options())
	if !errors.Is(err, context.Canceled) || f.count != 9 {
		t.Errorf("%v after %d APDUs", err, f.count)
	}
}

func TestGapsInTheChip(t *testing.T) {
	c := citizen(t, "mau")
	without := func(ids ...uint16) change {
		return func(_ *chipsim.Personality, f chipsim.Files) {
			for _, id := range ids {
				delete(f, id)
			}
		}
	}
	t.Run("no DG13", func(t *testing.T) {
		got, err := cccd.Read(t.Context(), lay(t, c, without(chipsim.DG(13))), scan(t, c), options())
		if err != nil {
			t.Fatal(err)
		}
		p := got.Person
		if p.Number != c.Card.Number || p.Name != "NGUYEN VAN MAU" || p.Birth != c.Card.Birth || p.Sex != "Nam" || p.Residence != "" {
			t.Errorf("%q %q %q %q", p.Number, p.Name, p.Birth, p.Residence)
		}
	})
	t.Run("no SOD", func(t *testing.T) {
		got, err := cccd.Read(t.Context(), lay(t, c, without(chipsim.FileSOD)), scan(t, c), options())
		if err != nil {
			t.Fatal(err)
		}
		if got.Person.Assurance != person.ChipRead || got.Person.Proofs != (person.Proofs{}) {
			t.Errorf("%v %+v", got.Person.Assurance, got.Person.Proofs)
		}
	})
	t.Run("no portrait", func(t *testing.T) {
		got, err := cccd.Read(t.Context(), lay(t, c, without(chipsim.DG(2))), scan(t, c), options())
		if err != nil {
			t.Fatal(err)
		}
		if got.Person.Portrait.Data != nil || got.Person.Name != c.Card.Name {
			t.Errorf("%d bytes", len(got.Person.Portrait.Data))
		}
	})
}

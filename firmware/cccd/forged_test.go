package cccd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/person"
)

// A copy without the key of Chip Authentication takes the command, and then
// answers the first command under keys that it cannot know with a bare word that
// tells nothing. What is read after the chip was opened anew proves nothing of
// its keys either.
func TestCopyThatEndsTheSessionInsteadOfProving(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	for _, name := range []string{"short-apdu", "short-apdu-fatal", "card-2021", "ca-bac"} {
		p, ok := chipsim.PersonalityNamed(name)
		if !ok || len(p.ChipAuthentication) == 0 {
			t.Fatalf("no personality %q", name)
		}
		for _, word := range [][]byte{{0x6F, 0x00}, {0x67, 0x00}, {0x6B, 0x00}, {0x6A, 0x82}, {0x6D, 0x00}, {0x62, 0x82}} {
			f := i.issue(t, c, p, &chipsim.Attack{Keys: chipsim.KeysWrong})
			wire := transmit(func(ctx context.Context, cmd []byte) ([]byte, error) {
				out, err := f.Transmit(ctx, cmd)
				if len(out) == 2 && out[0] == 0x69 && cmd[0]&0x0C != 0 {
					return word, err
				}
				return out, err
			})
			o := options()
			o.Trust = i.store
			got, err := cccd.Read(t.Context(), wire, scan(t, c), o)
			if err == nil || got.Report.Chip == cccd.Genuine || got.Person.Assurance == person.ChipGenuine {
				t.Errorf("%s, %X: %v, chip %q, %v", name, word, err, got.Report.Chip, got.Person)
			}
		}
	}
}

// The chip holds data groups that its signed data do not list: nothing in them
// is shown as proven, and a key in them proves nothing.
func TestGroupsBesideTheSignedOnes(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("card-2021")
	for _, tt := range []struct {
		name   string
		signed []int
		want   error
		chip   cccd.Verdict
	}{
		{"all but the keys", []int{1, 2, 13}, nil, cccd.Absent},
		{"all but one key", []int{1, 2, 13, 15}, nil, cccd.Genuine},
		{"not the portrait", []int{1, 13, 14, 15}, cccd.ErrHash, cccd.Genuine},
		{"not DG13", []int{1, 2, 14, 15}, cccd.ErrHash, cccd.NotMade},
		{"not DG1", []int{2, 13, 14, 15}, cccd.ErrHash, cccd.NotMade},
		{"only what nobody reads", []int{7}, cccd.ErrHash, cccd.NotMade},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := c.Holder(i.Authority)
			if err != nil {
				t.Fatal(err)
			}
			who, files, err := chipsim.Issue(p, nil, h, i.Authority, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			groups := map[int][]byte{}
			for _, n := range tt.signed {
				groups[n] = files[chipsim.DG(n)]
			}
			if files[chipsim.FileSOD], err = i.Sign(groups); err != nil {
				t.Fatal(err)
			}
			chip, err := chipsim.New(who, files, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			o := everyProof(i)
			got, err := cccd.Read(t.Context(), &field{chip: chip, tear: -1}, scan(t, c), o)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || got.Report.Chip != tt.chip || got.Report.Chain == cccd.Trusted && got.Report.Signature != cccd.OK {
				t.Errorf("%v, %+v", err, got.Report)
			}
			if (got.Person.Assurance == person.ChipGenuine) != (tt.want == nil && tt.chip == cccd.Genuine) || err != nil && got.Person.Name != "" {
				t.Errorf("%v", got.Person)
			}
			if tt.name == "all but one key" && (len(got.Report.ChipBy) != 1 || got.Report.ChipBy[0] != cccd.ByActiveAuthentication) {
				t.Errorf("proven by %v", got.Report.ChipBy)
			}
		})
	}
}

// An answer of Active Authentication that was heard before proves nothing, and
// neither does one without keys of the session around it.
func TestReplayedProof(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("aa-rsa-2048")
	f := i.issue(t, c, p, nil)
	var heard []byte
	last := func(keep bool) transmit {
		return func(ctx context.Context, cmd []byte) ([]byte, error) {
			out, err := f.Transmit(ctx, cmd)
			if cmd[1] == apdu.InsInternalAuth && cmd[0]&0x0C != 0 {
				if keep {
					heard = bytes.Clone(out)
				} else {
					out = bytes.Clone(heard)
				}
			}
			return out, err
		}
	}
	if _, err := cccd.Read(t.Context(), last(true), scan(t, c), everyProof(i)); err != nil || heard == nil {
		t.Fatal(err)
	}
	f.chip.Reset()
	got, err := cccd.Read(t.Context(), last(false), scan(t, c), everyProof(i))
	if err == nil || got.Report.Chip == cccd.Genuine {
		t.Errorf("%v, chip %q", err, got.Report.Chip)
	}
}

// A key that is not the signed one proves nothing, whoever has the other half of
// it: for a technician, who sees the reading go on, neither.
func TestKeyThatNobodySigned(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("card-2021")
	h, err := c.Holder(i.Authority)
	if err != nil {
		t.Fatal(err)
	}
	who, own, err := chipsim.Issue(p, nil, h, i.Authority, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := chipsim.Issue(p, nil, h, i.Authority, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cut := own.Clone()
	cut[chipsim.FileSOD][len(cut[chipsim.FileSOD])-1] ^= 1
	foreign := other.Clone() // all of another card, but with keys of its own
	foreign[chipsim.DG(14)], foreign[chipsim.DG(15)] = own[chipsim.DG(14)], own[chipsim.DG(15)]
	for name, tt := range map[string]struct {
		files chipsim.Files
		want  error
	}{"signature changed": {cut, cccd.ErrSignature}, "keys replaced": {foreign, cccd.ErrHash}} {
		for _, thorough := range []bool{false, true} {
			chip, err := chipsim.New(who, tt.files, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			o := everyProof(i)
			o.Thorough = thorough
			got, err := cccd.Read(t.Context(), &field{chip: chip, tear: -1}, scan(t, c), o)
			if !errors.Is(err, tt.want) || got.Report.Chip == cccd.Genuine || got.Report.ChipBy != nil {
				t.Errorf("%s, thorough %v: %v, chip %q by %v", name, thorough, err, got.Report.Chip, got.Report.ChipBy)
			}
		}
	}
}

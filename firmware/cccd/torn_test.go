package cccd_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
)

// everyProof makes a reading go through as many protocols as the card knows.
func everyProof(i issuer) cccd.Options {
	o := options()
	o.Trust, o.AllProofs = i.store, true
	return o
}

// The card is torn off after every single command of a reading, in every
// protocol: the error is the wire's, nobody is blamed, nobody is identified, and
// laid down again the same chip is read.
func TestTornOffAnywhere(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	access := scan(t, c)
	for _, name := range []string{"card-2021", "card-2024", "bac-only", "ca-bac", "pace-cam", "pace-only", "aa-rsa-1024",
		"pace-inside", "short-apdu", "short-apdu-fatal", "small-frames", "exact-length", "ca-dh-3des", "can-locks"} {
		p, ok := chipsim.PersonalityNamed(name)
		if !ok {
			t.Fatalf("no personality %q", name)
		}
		t.Run(name, func(t *testing.T) {
			whole := i.issue(t, c, p, nil, smallPhoto(t, c))
			if _, err := cccd.Read(t.Context(), whole, access, everyProof(i)); err != nil {
				t.Fatal(err)
			}
			for n := range whole.count {
				whole.chip.Reset()
				f := &field{chip: whole.chip, tear: n}
				got, err := cccd.Read(t.Context(), f, access, everyProof(i))
				if !errors.Is(err, errTorn) {
					t.Errorf("after %d of %d: %v", n, whole.count, err)
				}
				for _, wrong := range []error{cccd.ErrChip, cccd.ErrAccess, cccd.ErrHash, cccd.ErrNotIDCard, cccd.ErrClone, cccd.ErrSignature} {
					if errors.Is(err, wrong) {
						t.Errorf("after %d: blamed on the card: %v", n, err)
					}
				}
				if got.Report.APDUs != n || got.Person.Name != "" || got.Report.Chip == cccd.Clone || got.Report.Hashes == cccd.Failed {
					t.Errorf("after %d: %+v", n, got.Report)
				}
				f.tear, f.count = -1, 0
				f.chip.Reset()
				if _, err := cccd.Read(t.Context(), f, access, everyProof(i)); err != nil {
					t.Errorf("again after %d: %v", n, err)
				}
			}
		})
	}
}

// An answer that got lost on its way back leaves chip and reader with different
// counters; the next reading starts anew all the same, without a reset.
func TestAnswerLostAnywhere(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	access := scan(t, c)
	p, _ := chipsim.PersonalityNamed("card-2021")
	whole := i.issue(t, c, p, nil)
	if _, err := cccd.Read(t.Context(), whole, access, everyProof(i)); err != nil {
		t.Fatal(err)
	}
	for n := range whole.count {
		count := 0
		lossy := transmit(func(_ context.Context, cmd []byte) ([]byte, error) {
			out := whole.chip.Transmit(cmd)
			if count++; count > n {
				return nil, errTorn
			}
			return out, nil
		})
		if _, err := cccd.Read(t.Context(), lossy, access, everyProof(i)); !errors.Is(err, errTorn) {
			t.Errorf("answer %d lost: %v", n, err)
		}
		if _, err := cccd.Read(t.Context(), whole, access, everyProof(i)); err != nil {
			t.Errorf("after answer %d was lost: %v", n, err)
		}
	}
}

type transmit func(context.Context, []byte) ([]byte, error)

func (t transmit) Transmit(ctx context.Context, cmd []byte) ([]byte, error) { return t(ctx, cmd) }

// A card reader that carries no extended APDUs says so before the card sees
// them; the card is read with short ones in the same session.
func TestReaderWithoutExtendedLength(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("card-2021")
	f := i.issue(t, c, p, nil)
	refused := 0
	reader := transmit(func(ctx context.Context, cmd []byte) ([]byte, error) {
		if len(cmd) > 5 && cmd[4] == 0 {
			refused++
			return nil, tooLong{}
		}
		return f.Transmit(ctx, cmd)
	})
	got, err := cccd.Read(t.Context(), reader, scan(t, c), everyProof(i))
	if err != nil || got.Report.Chip != cccd.Genuine || got.Report.Extended || refused != 1 {
		t.Errorf("%v, %d commands refused, %+v", err, refused, got.Report)
	}
}

// Another one loses the card instead, which looks like one torn off. The report
// tells where, and the next reading can keep to what the reader carries.
func TestReaderLosesTheCardOverExtendedLength(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("card-2021")
	f := i.issue(t, c, p, nil)
	reader := transmit(func(ctx context.Context, cmd []byte) ([]byte, error) {
		if len(cmd) > 5 && cmd[4] == 0 {
			f.chip.Reset()
			return nil, errTorn
		}
		return f.Transmit(ctx, cmd)
	})
	o := everyProof(i)
	got, err := cccd.Read(t.Context(), reader, scan(t, c), o)
	if !errors.Is(err, errTorn) || !got.Report.ExtendedLost {
		t.Fatalf("%v, %+v", err, got.Report)
	}
	o.ShortOnly = true
	if got, err = cccd.Read(t.Context(), reader, scan(t, c), o); err != nil || got.Report.Chip != cccd.Genuine || got.Report.ExtendedLost {
		t.Errorf("%v, %+v", err, got.Report)
	}
}

type tooLong struct{}

func (tooLong) Error() string     { return "this reader carries no extended APDUs" }
func (tooLong) APDUTooLong() bool { return true }

// What a reading leaves behind holds no key and no personal value: the buffers
// that the wire gave are overwritten or hold what was encrypted.
func TestBuffersAreOverwritten(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	for _, name := range []string{"card-2021", "bac-only", "short-apdu"} {
		p, _ := chipsim.PersonalityNamed(name)
		f := i.issue(t, c, p, nil)
		var seen [][]byte
		wire := transmit(func(ctx context.Context, cmd []byte) ([]byte, error) {
			out, err := f.Transmit(ctx, cmd)
			seen = append(seen, out)
			return out, err
		})
		got, err := cccd.Read(t.Context(), wire, scan(t, c), everyProof(i))
		if err != nil {
			t.Fatal(err)
		}
		for n, b := range seen {
			for _, secret := range []string{c.Card.Number, c.Card.Name, c.Card.Residence, "NGUYEN<<VAN<MAU", c.CAN()} {
				if bytes.Contains(b, []byte(secret)) {
					t.Errorf("%s: answer %d of %d still tells %q", name, n, len(seen), secret)
				}
			}
		}
		photo := bytes.Clone(got.Person.Portrait.Data[:64])
		got.Person.Portrait.Wipe()
		for n, b := range seen {
			if bytes.Contains(b, photo) {
				t.Errorf("%s: answer %d of %d still has the face", name, n, len(seen))
			}
		}
	}
}

package cccd_test

import (
	"context"
	"testing"

	"tram06/firmware/cccd"
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

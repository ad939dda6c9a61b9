package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tram06/devdock/pcscd"
	"tram06/devdock/people"
	"tram06/hal/vpcd"
)

func cardCommand() *cobra.Command {
	var list bool
	var air int
	bin := filepath.Dir(self())
	cmd := &cobra.Command{
		Use:   "card [NAME]",
		Short: "Lay one simulated card on a virtual reader, for kiosk card read",
		Long: `Lay one simulated card on a virtual reader of its own, without a kiosk, and say
how to read it in another terminal. It lies there until Ctrl-C.`,
		Example: `  devdock card
  devdock card mau-clone
  devdock card --list`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("one card at a time; see %s --help", c.CommandPath())}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if list {
				return listCards(c.OutOrStdout())
			}
			name := keys()[0]
			if len(args) > 0 {
				name = args[0]
			}
			card, ok := people.CardByKey(name)
			if !ok {
				return usageError{fmt.Errorf("no card %q; see %s --list", name, c.CommandPath())}
			}
			if air < 0 {
				return usageError{fmt.Errorf("--air %d: want kbit/s, or 0", air)}
			}
			return layCard(c.Context(), card, air, bin, c.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list the cards")
	cmd.Flags().StringVar(&bin, "bin", bin, "folder of the programs")
	cmd.Flags().IntVar(&air, "air", 0, "bit rate of the radio link, in kbit/s: 106, 212, 424, 848; 0 for a card that answers at once")
	return cmd
}

func listCards(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range people.Cards() {
		fmt.Fprintf(t, "%s\t%s\n", c.Key, c.EN)
	}
	return t.Flush()
}

// layCard keeps a card on a reader until the context ends.
func layCard(ctx context.Context, card people.Card, air int, bin string, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "tram06-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	trust := filepath.Join(dir, "csca")
	chip, err := issueCard(card, trust)
	if err != nil {
		return err
	}
	if air > 0 {
		chip = card.Profile.Radio(air).Live(chip, time.Sleep)
	}
	daemon, err := pcscd.Start(ctx, dir)
	if err != nil {
		return err
	}
	defer daemon.Stop()
	slot, err := vpcd.Insert(ctx, daemon.Addr, chip)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  On the reader: %s. %s\n%s\n  Ctrl-C takes it away.\n\n", card.Key, card.EN, toRead(card, daemon.Socket, filepath.Join(bin, "kiosk"), trust))
	select {
	case <-ctx.Done():
		return slot.Remove()
	case <-slot.Done():
		return errors.Join(errors.New("the virtual reader let go of the card"), slot.Remove())
	}
}

// toRead says how to read the card, in lines that can be pasted into a shell.
func toRead(card people.Card, socket, kiosk, trust string) string {
	kiosk, trust = quoted(kiosk), quoted(trust)
	return fmt.Sprintf(`
  Read it in another terminal:

    export %s=%s
    %s card read --can %s --trust %s

  Or by its code:

    %[3]s card read --trust %[5]s --qr %[6]s
`, pcscd.Env, quoted(socket), kiosk, card.Citizen.CAN(), trust, quoted(card.Citizen.QR()))
}

// quoted is one word for a shell. Names may have apostrophes.
func quoted(s string) string {
	other := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-", r))
	}
	if s != "" && !strings.ContainsFunc(s, other) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// issueCard makes a card, and a folder that trusts its authority and knows whom
// that has revoked.
func issueCard(card people.Card, trust string) (vpcd.Chip, error) {
	a, err := people.NewAuthority(rand.Reader)
	if err != nil {
		return nil, err
	}
	chip, err := card.Chip(a, rand.Reader)
	if err != nil {
		return nil, err
	}
	return chip, people.Publish(a, trust, time.Now())
}

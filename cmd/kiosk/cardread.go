package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/trust"
	"tram06/hal"
	"tram06/hal/drivers"
)

// readFlags are what a technician says of one reading.
type readFlags struct {
	key      keyFlags
	reader   string
	trust    string
	timeout  time.Duration
	asJSON   bool
	personal bool
	photo    string
}

// surroundings are what a reading needs beside its flags. They are passed in,
// so that tests bring a simulated chip.
type surroundings struct {
	registry hal.Registry
	now      func() time.Time
	rand     io.Reader
	poll     time.Duration // how often a reader that is not there is looked for
	patience time.Duration // how long a card that lies there may take to answer
}

func cardReadCommand() *cobra.Command {
	return cardReadIn(surroundings{
		registry: drivers.Registry(drivers.Options{}), now: time.Now, rand: rand.Reader, poll: 500 * time.Millisecond, patience: 2 * time.Second,
	})
}

func cardReadIn(around surroundings) *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{
		Use:   "read",
		Short: "Read one card and say what was proven",
		Long: `Read one card and say how its chip was opened, what was proven, and how long it took.

One of --can, --mrz and --qr opens the chip; without any, only reader and card
are tried. Personal data are masked unless
--show-personal is given. Without a reader or a card the command says what it
waits for, and waits until --timeout.

Every proof is made and told apart, also after one has failed: hashes (the data
are those that were signed), signature (of the chip's document signer), chain
(the signer leads to an authority of --trust), chip (it is no copy).

Exit codes: 0 read and no proof failed, 3 read but a proof failed, 4 no card,
5 the chip refused access, 6 the card was taken away too early, 1 anything else.`,
		Example: `  kiosk card read --can 000638
  kiosk card read --mrz 090000638/900315/300315 --trust /etc/tram06/csca
  kiosk card read --mrz - <three-lines.txt
  kiosk card read --qr "$(cat scan.txt)" --reader ACR1252 --timeout 30s --json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misused(c, f, fmt.Errorf("%s takes no arguments beside its flags", c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			r := cardRead{surroundings: around, flags: f, in: c.InOrStdin(), out: c.OutOrStdout(), hints: c.ErrOrStderr()}
			return r.run(c.Context())
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return misused(c, f, fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
	})
	f.key.flags(cmd)
	cmd.Flags().StringVar(&f.reader, "reader", "", "part of the reader's name, or its URI (pcsc:///?reader=ACR1252); any contactless one without it")
	cmd.Flags().StringVar(&f.trust, "trust", "", "folder of the trusted authorities (see kiosk card trust); without it every chain is unknown")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "how long to wait for a reader and a card; 0 for as long as it takes")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "answer as one JSON object, also when something went wrong")
	cmd.Flags().BoolVar(&f.personal, "show-personal", false, "show whose card it is instead of masking it")
	cmd.Flags().StringVar(&f.photo, "photo", "", "write the portrait to this file as PNG; needs --show-personal")
	return cmd
}

// misused ends a command line that was not understood as the command promises
// for all that is no reading, as an object too if one was asked for so far.
func misused(c *cobra.Command, f readFlags, err error) error {
	got := &reading{err: usageError{err}}
	v := judge(got)
	if f.asJSON {
		if err := writeJSON(c.OutOrStdout(), f, got, v); err != nil {
			return endWith(exitFailed, fmt.Errorf("write the report: %w", err))
		}
	}
	return endWith(v.exit, v.err)
}

// cardRead is one run of the command.
type cardRead struct {
	surroundings
	flags      readFlags
	in         io.Reader
	out, hints io.Writer
}

// reading is what came of it.
type reading struct {
	reader   string // its name
	trusting bool   // a store was given
	keyless  bool   // nothing was said that opens a chip
	result   cccd.Result
	err      error // why there is nothing more
}

func (r *cardRead) run(ctx context.Context) error {
	got := &reading{trusting: r.flags.trust != ""}
	got.err = r.read(ctx, got)
	defer got.result.Person.Portrait.Wipe()
	v := judge(got)
	if err := r.savePhoto(got); err != nil && v.err == nil {
		v = verdict{exitFailed, codeFailed, err}
	} else if err != nil {
		r.hint("%v", err)
	}
	tell := writeText
	if r.flags.asJSON {
		tell = writeJSON
	}
	if err := tell(r.out, r.flags, got, v); err != nil {
		return endWith(exitFailed, fmt.Errorf("write the report: %w", err))
	}
	if v.err == nil {
		return nil
	}
	return endWith(v.exit, v.told())
}

// read does all but the telling.
func (r *cardRead) read(ctx context.Context, got *reading) error {
	if r.flags.photo != "" && !r.flags.personal {
		return usageError{errors.New("--photo writes a face to a file: say --show-personal as well")}
	}
	if r.flags.timeout < 0 {
		return usageError{fmt.Errorf("--timeout %v: want a time from now on", r.flags.timeout)}
	}
	access, err := r.flags.key.access(r.in)
	if err != nil {
		return err
	}
	got.keyless = access == cccd.Access{}
	if got.keyless {
		r.hint("%s", sayWhatOpens)
	}
	store, err := r.openTrust()
	if err != nil {
		return err
	}
	uri, err := readerURI(r.flags.reader)
	if err != nil {
		return err
	}
	reader, card, err := r.await(ctx, got, uri)
	if err != nil {
		return err
	}
	defer reader.Close()
	defer card.Release()
	got.result, err = cccd.Read(ctx, card, access, cccd.Options{Rand: r.rand, Now: r.now, Trust: store, Thorough: true})
	if got.keyless && errors.Is(err, cccd.ErrAccess) {
		return fmt.Errorf("%w: %s", err, sayWhatOpens)
	}
	return err
}

// sayWhatOpens is told at once and, if the chip stays closed, at the end:
// whether reader and card work can be seen without.
const sayWhatOpens = "say what opens the chip: --can (the last six digits of the number on the card), --mrz or --qr"

// openTrust opens the store if one was named, and tells what of it cannot be
// used.
func (r *cardRead) openTrust() (*trust.Store, error) {
	if r.flags.trust == "" {
		return nil, nil
	}
	store, problems, err := trust.Open(r.flags.trust)
	if err != nil {
		return nil, fmt.Errorf("--trust: %w", err)
	}
	for _, p := range problems {
		r.hint("%v", p)
	}
	return store, nil
}

func (r *cardRead) hint(format string, args ...any) {
	fmt.Fprintf(r.hints, format+"\n", args...)
}

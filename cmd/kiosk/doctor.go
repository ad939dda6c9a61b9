package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/agent"
	"tram06/firmware/config"
	"tram06/firmware/doctor"
	"tram06/firmware/outbox"
	"tram06/firmware/submit"
	"tram06/fleet/wire"
	"tram06/hal"
)

// Exit codes of "doctor", beside 0 and those of every command.
const (
	exitWarned   = 10 // the worst finding is a warning
	exitFaulty   = 11 // the worst finding is an error
	maxTimeLimit = time.Minute
)

// doctorFlags are what a technician says.
type doctorFlags struct {
	files
	state  string
	lang   string
	only   []string
	limit  time.Duration
	asJSON bool
	tests  testFlags
}

// consulting is what an examination needs beside its flags. It is passed in, so
// that tests bring a simulated board.
type consulting struct {
	registry func(config.Board) hal.Registry
	system   doctor.System
	touch    func(context.Context, touchOptions) (touchReport, error)
	now      func() time.Time
	rand     io.Reader
}

func doctorCommand() *cobra.Command {
	return doctorIn(consulting{registry: devices, system: doctor.Linux(), touch: touchTest, now: time.Now, rand: rand.Reader})
}

func doctorIn(with consulting) *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine this terminal: devices, network, clock, disk, certificates",
		Long: `Examine this terminal: every device of its board (found, opened, answers,
self-test, what it says it is), network, gateway and fleet, clock, disk, memory,
temperature, power and certificates. It takes less than ten seconds and asks
nobody; a device that hangs costs its own limit only, and is told.

What a running kiosk holds is told to be in use, which is no fault: say --state,
so that the kiosk is noticed, or stop it first. The watchdog is never opened.

The tests below --print and so on ask a person at the terminal what to do and
what was seen. They are made only when asked for, after the examination; with
--only tests the examination is left out.

Exit codes: 0 all is well, 10 the worst finding is a warning, 11 it is an error,
3 a mistake in a configuration file (the rest is examined all the same), 2 wrong
usage, 1 called off or could not run.`,
		Example: `  kiosk doctor --board rpi4 --site /etc/tram06/site.yaml --state /var/lib/tram06
  kiosk doctor --board rpi4 --site /etc/tram06/site.yaml --only printer,reader --lang en
  kiosk doctor --board rpi4 --site /etc/tram06/site.yaml --print --scan
  kiosk doctor --board rpi4 --site /etc/tram06/site.yaml --json | jq '.findings[] | select(.code)'`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			d := consultation{consulting: with, flags: f, lang: doctor.Language(f.lang),
				in: c.InOrStdin(), out: newPaper(c.OutOrStdout()), errs: newPaper(c.ErrOrStderr())}
			return d.run(c.Context())
		},
	}
	f.files.flags(cmd)
	cmd.Flags().StringVar(&f.state, "state", "", "the kiosk's folder: its disk is tried, and a kiosk that is running is noticed")
	cmd.Flags().StringVar(&f.lang, "lang", "vi", "language of the findings: vi or en")
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "examine these only: "+strings.Join(doctor.Parts(), ", ")+"; or tests")
	cmd.Flags().DurationVar(&f.limit, "timeout", doctor.DefaultLimit, "how long one examination may take, up to "+maxTimeLimit.String())
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "answer as one JSON object")
	f.tests.flags(cmd)
	return cmd
}

// consultation is one run of the command.
type consultation struct {
	consulting
	flags     doctorFlags
	lang      doctor.Language
	in        io.Reader
	lines     chan string // of in, once somebody asked for one
	out, errs *paper

	board *config.Board
	site  *config.Site
	// running: a kiosk serves with --state.
	running bool
}

// report is what came of it.
type report struct {
	started  time.Time
	took     time.Duration
	findings []doctor.Finding
	calledOff,
	misconfigured bool
}

func (d *consultation) run(ctx context.Context) error {
	if err := d.check(); err != nil {
		return err
	}
	picture := d.flags.tests.printTo
	if picture != "" && d.flags.board == "" {
		return d.printTo(picture) // it needs no terminal
	}
	r := report{started: d.now()}
	began := time.Now()
	problems := d.load()
	if errors.As(problems, new(usageError)) {
		return problems
	}
	r.misconfigured = problems != nil
	if picture != "" {
		if err := d.printTo(picture); err != nil {
			return err
		}
	}
	if d.flags.state != "" {
		var err error
		if d.running, err = outbox.InUse(filepath.Join(d.flags.state, storeName)); err != nil {
			return fmt.Errorf("--state: %w", err)
		}
	}
	r.findings = d.examine(ctx, problems)
	r.findings = append(r.findings, d.test(ctx)...)
	r.took, r.calledOff = time.Since(began), ctx.Err() != nil
	tell := d.writeTable
	if d.flags.asJSON {
		tell = d.writeJSON
	}
	if err := tell(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return d.verdict(r)
}

// onlyTests in --only leaves the examination out.
const onlyTests = "tests"

func (d *consultation) check() error {
	if d.flags.lang != "vi" && d.flags.lang != "en" {
		return usageError{fmt.Errorf("--lang %q: want vi or en", d.flags.lang)}
	}
	if d.flags.limit <= 0 || d.flags.limit > maxTimeLimit {
		return usageError{fmt.Errorf("--timeout %v: want a time up to %v", d.flags.limit, maxTimeLimit)}
	}
	for _, o := range d.flags.only {
		if o != onlyTests && !slices.Contains(doctor.Parts(), o) {
			return usageError{fmt.Errorf("--only %s: want some of %s", o, strings.Join(doctor.Parts(), ", "))}
		}
	}
	if d.onlyTests() && !d.flags.tests.any() {
		return usageError{errors.New("--only tests: say which, such as --print, or --all-tests")}
	}
	return d.flags.tests.check()
}

func (d *consultation) onlyTests() bool {
	return len(d.flags.only) == 1 && d.flags.only[0] == onlyTests
}

// load reads what of the files can be read.
func (d *consultation) load() error {
	if d.flags.board == "" {
		return usageError{errors.New("say which terminal this is: --board, and --site for what is behind it; see kiosk doctor --help")}
	}
	var problems []error
	board, err := d.flags.loadBoard()
	if err != nil {
		problems = append(problems, err)
	} else {
		d.board = &board
	}
	if d.flags.site != "" {
		site, err := config.LoadSite(config.OnDisk(d.flags.site))
		if err != nil {
			problems = append(problems, configError{err})
		} else {
			d.site = &site
		}
	}
	return errors.Join(problems...)
}

func (d *consultation) examine(ctx context.Context, problems error) []doctor.Finding {
	if d.onlyTests() {
		return nil
	}
	o := doctor.Options{
		Board: d.board, Site: d.site, Problems: problems, State: d.flags.state, Running: d.running,
		Fleet: d.reachFleet, Credentials: func(path string) error { _, err := wire.LoadCredentials(path); return err },
		Only: d.flags.only, Limit: d.flags.limit, Lang: d.lang, System: d.system,
	}
	if d.board != nil {
		o.Registry = d.registry(*d.board)
	}
	p := newProgress(d.errs, d.lang)
	o.Progress = p.found
	defer p.end()
	return doctor.Examine(ctx, o)
}

// reachFleet says whether the fleet takes this kiosk in.
func (d *consultation) reachFleet(ctx context.Context) error {
	cred, err := wire.LoadCredentials(d.site.Fleet.Credentials)
	if err != nil {
		return err
	}
	o := agent.Options{URL: d.site.Fleet.URL, Credentials: cred}
	if g := d.site.Gateway; strings.HasPrefix(o.URL, "tls:") {
		id, err := submit.LoadIdentity(g.Cert, g.Key, g.CA)
		if err != nil {
			return err
		}
		o.TLS = id.TLS
	}
	return agent.Reach(ctx, o)
}

// verdict is the exit code: what kept the examination from being whole comes
// before what it found.
func (d *consultation) verdict(r report) error {
	worst := doctor.Worst(r.findings)
	switch {
	case r.calledOff:
		return endWith(exitFailed, errCalledOff)
	case r.misconfigured:
		return endWith(exitConfig, errors.New("a mistake in a configuration file"))
	case worst == doctor.Error:
		return endWith(exitFaulty, errors.New("something needs mending"))
	case worst == doctor.Warn:
		return endWith(exitWarned, errors.New("something needs a look"))
	}
	return nil
}

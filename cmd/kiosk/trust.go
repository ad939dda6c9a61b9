package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/config"
	"tram06/firmware/emrtd/trust"
)

// trustFlags say which folder is meant, and how to answer.
type trustFlags struct {
	dir, site string
	json      bool
	answered  bool // one object was written
}

// told answers a failure as JSON too, for scripts that read nothing else.
func (f *trustFlags) told(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		err := run(c, args)
		if err == nil || !f.json || f.answered {
			return err
		}
		var out struct {
			Error struct {
				Text string `json:"text"`
			} `json:"error"`
		}
		out.Error.Text = err.Error()
		return errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(out))
	}
}

// folder is --trust, or what site.yaml names.
func (f *trustFlags) folder() (string, error) {
	if f.dir != "" {
		return f.dir, nil
	}
	if f.site == "" {
		return "", usageError{errors.New("say which folder: --trust DIR, or --site FILE whose card.trust names it")}
	}
	site, err := config.LoadSite(config.OnDisk(f.site))
	if err != nil {
		return "", configError{err}
	}
	if site.Card.Trust == "" {
		return "", usageError{fmt.Errorf("%s names no folder: write card.trust there, or say --trust DIR", f.site)}
	}
	return site.Card.Trust, nil
}

// trustCommand keeps the folder of authorities that sign cards.
func trustCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "List, add and remove the authorities that sign cards",
		Long: `List, add and remove the authorities (CSCA) that sign cards.

They are files in a folder: certificates and revocation lists, in DER or PEM. A
card whose signer none of them has issued is called unknown, never genuine. A
self-signed certificate counts because it is in the folder: compare its
fingerprint with one that the authority has published before you add it.

Exit codes: 0 done, 1 not done, 2 wrong usage, 3 done, and something in the
folder or in the file cannot be used. A kiosk that is running takes the change
up with the next card.`,
		Example: `  kiosk card trust list --site /etc/tram06/site.yaml
  kiosk card trust add --trust /etc/tram06/csca csca-vietnam.cer vietnam.crl
  kiosk card trust import-masterlist --trust /etc/tram06/csca masterlist.ml --country VN
  kiosk card trust remove --trust /etc/tram06/csca 5f1c09ab`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.dir, "trust", "", "folder of the authorities")
	cmd.PersistentFlags().StringVar(&f.site, "site", "", "path of site.yaml, whose card.trust names the folder")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "answer as one JSON object")
	cmd.AddCommand(trustListCommand(&f), trustAddCommand(&f), trustRemoveCommand(&f), trustImportCommand(&f))
	return cmd
}

func trustListCommand(f *trustFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Show what is in the folder, and what of it cannot be used",
		Example: `  kiosk card trust list --trust /etc/tram06/csca`,
		Args:    none,
		RunE: f.told(func(c *cobra.Command, _ []string) error {
			dir, err := f.folder()
			if err != nil {
				return err
			}
			store, problems, err := trust.Open(dir)
			if err != nil {
				return err
			}
			stale := store.Stale(time.Now())
			out := trustListing{Folder: dir, Entries: []trustEntry{}, Problems: []trustProblem{}}
			for _, e := range store.Entries() {
				out.Entries = append(out.Entries, newTrustEntry(e))
			}
			for _, p := range append(problems, stale...) {
				out.Problems = append(out.Problems, trustProblem{p.File, p.Err.Error()})
			}
			if err := f.answer(c.OutOrStdout(), out, func(w io.Writer) { writeList(w, out) }); err != nil {
				return err
			}
			return partly(len(problems), "in "+dir)
		}),
	}
}

func trustAddCommand(f *trustFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "add FILE...",
		Short: "Add certificates of authorities and revocation lists",
		Long: `Add certificates of authorities and revocation lists, DER or PEM.

A self-signed certificate is trusted from then on: compare its fingerprint
first. A link certificate and a revocation list need the authority that signed
them, in the folder or in the same command.`,
		Example: `  kiosk card trust add --trust /etc/tram06/csca csca-vietnam.cer`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("say which files to add")}
			}
			return nil
		},
		RunE: f.told(func(c *cobra.Command, args []string) error {
			dir, err := f.folder()
			if err != nil {
				return err
			}
			data := make([][]byte, len(args))
			for i, name := range args {
				if data[i], err = os.ReadFile(name); err != nil {
					return fmt.Errorf("nothing was added: %w", err)
				}
			}
			changes, err := trust.Add(dir, false, data...)
			if err != nil {
				return err
			}
			for i, change := range changes {
				if change.Err != nil {
					changes[i].File = args[change.From]
				}
			}
			return f.changed(c.OutOrStdout(), trustAnswer{Folder: dir}, changes, true)
		}),
	}
}

func trustRemoveCommand(f *trustFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "remove FINGERPRINT",
		Short:   "Remove the authority or list whose SHA-256 begins like this",
		Example: `  kiosk card trust remove --trust /etc/tram06/csca 5f1c09ab`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("say one fingerprint, or the first six digits of it or more; see kiosk card trust list")}
			}
			return nil
		},
		RunE: f.told(func(c *cobra.Command, args []string) error {
			dir, err := f.folder()
			if err != nil {
				return err
			}
			e, err := trust.Remove(dir, args[0])
			if err != nil {
				return err
			}
			return f.answer(c.OutOrStdout(), trustRemoval{dir, newTrustEntry(e)}, func(w io.Writer) {
				fmt.Fprintf(w, "removed %s: %s, %s\n", e.File, e.Name, short(e.Fingerprint))
			})
		}),
	}
}

// answer writes one JSON object, or the words.
func (f *trustFlags) answer(w io.Writer, out any, words func(io.Writer)) error {
	if f.json {
		f.answered = true
		return json.NewEncoder(w).Encode(out)
	}
	words(w)
	return nil
}

// changed tells what was added. single says that a person chose every file: a
// refusal is an error then.
func (f *trustFlags) changed(w io.Writer, out trustAnswer, changes []trust.Change, single bool) error {
	out.Added, out.Refused = []trustEntry{}, []trustEntry{}
	refused := 0
	for _, c := range changes {
		entry := newTrustEntry(c.Entry)
		switch {
		case c.Err != nil:
			refused++
			out.Refused = append(out.Refused, entry)
		case c.Known:
			out.Known++
		default:
			out.Added = append(out.Added, entry)
		}
	}
	if err := f.answer(w, out, func(w io.Writer) { writeChanges(w, out) }); err != nil {
		return err
	}
	if refused == 0 || !single {
		return nil
	}
	if refused == len(changes) {
		return errors.New("nothing was added")
	}
	return partly(refused, "that were to be added")
}

// partly is the error after something was done although part of it is not
// usable; nil if all of it is.
func partly(n int, where string) error {
	if n == 0 {
		return nil
	}
	return configError{fmt.Errorf("%d files or entries %s cannot be used", n, where)}
}

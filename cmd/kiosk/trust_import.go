package main

import (
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/trust"
)

type importFlags struct {
	*trustFlags
	signers     []string
	fingerprint string
	countries   []string
	dry         bool
}

func trustImportCommand(t *trustFlags) *cobra.Command {
	f := importFlags{trustFlags: t}
	cmd := &cobra.Command{
		Use:   "import-masterlist FILE",
		Short: "Add the authorities of a master list, after verifying who signed it",
		Long: `Add the authorities of a CSCA master list (CMS, DER or PEM).

The list's signature is verified first, and it must be by somebody who is to be
believed: issued by an authority in the folder, or by --signer FILE, a
certificate that you have from elsewhere, or by the certificate whose SHA-256
you name with --accept-fingerprint. Without any of these the signer is shown and
nothing is added: compare the fingerprint with a published one.

A certificate of the list is refused when it is no authority's, when it is
broken, when its algorithm is not known here, or when the authority behind a
link certificate is missing. The rest is added. Run it again to no harm.`,
		Example: `  kiosk card trust import-masterlist --trust ./csca list.ml --signer published.cer --country VN
  kiosk card trust import-masterlist --trust ./csca list.ml --dry-run --accept-fingerprint 9F2C…`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("say the file of one master list")}
			}
			return nil
		},
		RunE: t.told(func(c *cobra.Command, args []string) error { return f.run(c.OutOrStdout(), args[0]) }),
	}
	cmd.Flags().StringArrayVar(&f.signers, "signer", nil, "certificate of the list's signer, or of the authority that issued it; may be given again")
	cmd.Flags().StringVar(&f.fingerprint, "accept-fingerprint", "", "SHA-256 of the signer's certificate, or of an authority in the list that issued it")
	cmd.Flags().StringSliceVar(&f.countries, "country", nil, "only authorities of these countries, two letters each: VN")
	cmd.Flags().BoolVar(&f.dry, "dry-run", false, "say what would be added, and add nothing")
	return cmd
}

func (f *importFlags) run(w io.Writer, name string) error {
	dir, err := f.folder()
	if err != nil {
		return err
	}
	grounds, err := f.grounds(dir)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the master list: %w", err)
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	list, err := trust.ParseMasterList(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	signer, how, err := list.Accept(grounds, time.Now())
	out := trustAnswer{Folder: dir, DryRun: f.dry, Signer: newTrustSigner(signer, how), Added: []trustEntry{}, Refused: []trustEntry{}}
	if err != nil {
		if errors.Is(err, trust.ErrNotAccepted) {
			if e := f.answer(w, out, func(w io.Writer) { writeChanges(w, out) }); e != nil {
				return e
			}
			err = fmt.Errorf("%w; if you know the signer, use --signer or --accept-fingerprint", err)
		}
		return fmt.Errorf("%s: nothing was added: %w", name, err)
	}
	wanted, left := f.chosen(list.Certificates)
	changes, err := trust.Add(dir, f.dry, wanted...)
	if err != nil {
		return err
	}
	out.Left = left
	return f.changed(w, out, changes, false)
}

func newTrustSigner(s cms.Signer, how string) *trustSigner {
	c := s.Certificate
	if c == nil {
		return nil
	}
	print := c.Fingerprint()
	return &trustSigner{Name: c.Subject.String(), Issuer: c.Issuer.String(), Fingerprint: hex.EncodeToString(print[:]),
		Signed: dayOf(s.Time), Accepted: how, Weak: s.Weak}
}

// grounds are those on which the operator wants the signer to be believed.
func (f *importFlags) grounds(dir string) (trust.Grounds, error) {
	var g trust.Grounds
	if f.fingerprint != "" {
		b, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(f.fingerprint))
		if err != nil || len(b) != 32 {
			return g, usageError{errors.New("--accept-fingerprint: write the whole SHA-256, 64 hexadecimal digits")}
		}
		g.Fingerprint = (*[32]byte)(b)
	}
	for _, name := range f.signers {
		b, err := os.ReadFile(name)
		if err != nil {
			return g, fmt.Errorf("--signer: %w", err)
		}
		if block, _ := pem.Decode(b); block != nil {
			b = block.Bytes
		}
		if _, err := trust.Describe(b); err != nil {
			return g, fmt.Errorf("--signer %s: %w", name, err)
		}
		g.Certificates = append(g.Certificates, b)
	}
	for _, c := range f.countries {
		if len(c) != 2 {
			return g, usageError{fmt.Errorf("--country %q: write two letters, for example VN", c)}
		}
	}
	store, _, err := trust.Open(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return g, err
	}
	g.Store = store
	return g, nil
}

// chosen leaves out the authorities of countries that nobody asked for. What
// cannot be read is not left out: it is refused with its reason.
func (f *importFlags) chosen(certificates [][]byte) (wanted [][]byte, left int) {
	if len(f.countries) == 0 {
		return certificates, 0
	}
	for _, raw := range certificates {
		e, err := trust.Describe(raw)
		if err == nil && !slices.ContainsFunc(f.countries, func(s string) bool { return strings.EqualFold(s, e.Country) }) {
			left++
			continue
		}
		wanted = append(wanted, raw)
	}
	return wanted, left
}

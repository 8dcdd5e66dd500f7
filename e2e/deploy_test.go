package e2e

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	kyaml "sigs.k8s.io/yaml"
)

func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAlertsAndDashboard: what alert rules and the dashboard ask for is what a server says, and each alert has a section
// that tells what to do.
func TestAlertsAndDashboard(t *testing.T) {
	t.Parallel()
	s := serve(t, start{})
	resp, err := soon.Get(s.MetricsAddress + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	said := string(body)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) (?:counter|gauge|histogram)$`).FindAllStringSubmatch(said, -1) {
		said += m[1] + "\n" // series of a vector that has counted nothing yet are not there
	}
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(deployed(t, "alerts.yaml")), &rules, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	runbooks, err := os.ReadFile(filepath.Join(repository, "docs", "operators", "incidents.md"))
	if err != nil {
		t.Fatal(err)
	}
	asked := []string{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			asked = append(asked, r.Expr)
			heading := strings.ReplaceAll(strings.TrimPrefix(r.Annotations["runbook"], "incidents.md#"), "-", " ")
			if r.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) ||
				!regexp.MustCompile(`(?mi)^## `+regexp.QuoteMeta(heading)+`$`).Match(runbooks) {
				t.Errorf("%s lacks a summary, a severity or its section in docs/operators/incidents.md: %v", r.Alert, r.Annotations)
			}
		}
	}
	if len(asked) == 0 {
		t.Fatal("no alert")
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(deployed(t, "dashboard.json")), &board); err != nil || len(board.Panels) == 0 {
		t.Fatalf("%d panels, %v", len(board.Panels), err)
	}
	for _, p := range board.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("panel %q asks for nothing", p.Title)
		}
		for _, q := range p.Targets {
			asked = append(asked, q.Expr)
		}
	}
	series := regexp.MustCompile(`\b(?:paceline|process|go)_[a-z_]+`)
	for _, expr := range asked {
		names := series.FindAllString(expr, -1)
		if len(names) == 0 && !strings.HasPrefix(expr, "up{") {
			t.Errorf("%s asks for no series of ours", expr)
		}
		for _, name := range names {
			if !regexp.MustCompile(`(?m)^`+strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum")+`\b`).MatchString(said) &&
				!regexp.MustCompile(`(?m)^`+name+`\b`).MatchString(said) {
				t.Errorf("%s asks for %s, which no server says", expr, name)
			}
		}
	}
}

// TestManifests reads the manifests as the cluster would: a field that its kind does not have is refused. Flags that they
// set by the environment are flags of the program.
func TestManifests(t *testing.T) {
	t.Parallel()
	help, err := exec.Command(binary, "serve", "--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(repository, "deploy", "kubernetes*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	for _, name := range files {
		name = filepath.Base(name)
		kinds := []string{}
		for _, doc := range strings.Split(deployed(t, name), "\n---\n") {
			var head struct{ Kind string }
			if err := kyaml.Unmarshal([]byte(doc), &head); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var pods *corev1.PodTemplateSpec
			var into any
			switch head.Kind {
			case "": // the comment at the head
				continue
			case "Service":
				into = &corev1.Service{}
			case "PodDisruptionBudget":
				into = &policyv1.PodDisruptionBudget{}
			case "NetworkPolicy":
				into = &networkingv1.NetworkPolicy{}
			case "StatefulSet":
				set := &appsv1.StatefulSet{}
				into, pods = set, &set.Spec.Template
			default:
				t.Errorf("%s has a %s, which this test does not know", name, head.Kind)
				continue
			}
			kinds = append(kinds, head.Kind)
			if err := kyaml.UnmarshalStrict([]byte(doc), into); err != nil {
				t.Errorf("%s, %s: %v", name, head.Kind, err)
				continue
			}
			if policy, ok := into.(*networkingv1.NetworkPolicy); ok {
				for _, rule := range policy.Spec.Ingress {
					for _, port := range rule.Ports {
						if len(rule.From) == 0 && port.Port.String() != "http" {
							t.Errorf("%s opens the port %s to everybody", name, port.Port)
						}
					}
				}
			}
			if pods == nil {
				continue
			}
			c := pods.Spec.Containers[0]
			volumes := []string{}
			for _, v := range pods.Spec.Volumes {
				volumes = append(volumes, v.Name)
			}
			for _, claim := range into.(*appsv1.StatefulSet).Spec.VolumeClaimTemplates {
				volumes = append(volumes, claim.Name)
			}
			for _, m := range c.VolumeMounts {
				if !slices.Contains(volumes, m.Name) {
					t.Errorf("%s mounts %s, which is no volume", name, m.Name)
				}
			}
			for _, e := range c.Env {
				if strings.HasPrefix(e.Name, "PACELINE_") && !strings.Contains(string(help), "$"+e.Name+")") {
					t.Errorf("%s sets %s, which is no setting of the program", name, e.Name)
				}
			}
			if pods.Spec.SecurityContext == nil || pods.Spec.SecurityContext.RunAsNonRoot == nil || !*pods.Spec.SecurityContext.RunAsNonRoot || c.ReadinessProbe == nil {
				t.Errorf("%s runs as root or is never ready", name)
			}
		}
		if several := name == "kubernetes.yaml"; several && !slices.Contains(kinds, "NetworkPolicy") {
			t.Errorf("%s leaves the ports between nodes open", name)
		}
		if !slices.Contains(kinds, "StatefulSet") || !slices.Contains(kinds, "Service") {
			t.Errorf("%s has %v", name, kinds)
		}
	}
}

// TestUnit lets systemd's own check read the unit. Its settings and its key are credentials of the service, which nobody else can read.
func TestUnit(t *testing.T) {
	t.Parallel()
	need := exec.Command(filepath.Join(repository, "scripts", "need"), "systemd-analyze")
	if out, err := need.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	unit := filepath.Join(t.TempDir(), "paceline.service")
	text := strings.ReplaceAll(deployed(t, "paceline.service"), "/usr/local/bin/paceline", binary)
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`(?m)^(?:ExecStart=.* --config |Environment=PACELINE_KEY_FILE=)%d/(\S+)$`).FindAllStringSubmatch(text, -1)
	for _, credential := range used {
		if !strings.Contains(text, "\nLoadCredential="+credential[1]+":/etc/paceline/") {
			t.Errorf("the credential %s is not loaded", credential[1])
		}
	}
	if len(used) != 2 {
		t.Errorf("settings and key are the credentials %v", used)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput()
	if err != nil || strings.Contains(string(out), "paceline.service:") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestContainerfile checks what the file says against what is there: known instructions, sources that exist, settings that
// the program has, and a user that is not root.
func TestContainerfile(t *testing.T) {
	t.Parallel()
	help, err := exec.Command(binary, "serve", "--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(deployed(t, "Containerfile"), "\\\n", " ")
	stages, user, entry := []string{}, "", false
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		switch rest := words[1:]; words[0] {
		case "FROM":
			if !regexp.MustCompile(`^[a-z0-9]+:[a-z0-9.-]+$`).MatchString(rest[0]) || strings.HasSuffix(rest[0], ":latest") {
				t.Errorf("the base %s has no version", rest[0])
			}
			if len(rest) == 3 {
				stages = append(stages, rest[2])
			}
			user = ""
		case "COPY":
			if from, ok := strings.CutPrefix(rest[0], "--from="); ok {
				if !slices.Contains(stages, from) {
					t.Errorf("%q copies from no stage", line)
				}
				continue
			}
			if _, err := os.Stat(filepath.Join(repository, rest[0])); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		case "USER":
			user = rest[0]
		case "ENV":
			for _, setting := range rest {
				if name, _, _ := strings.Cut(setting, "="); !strings.Contains(string(help), "$"+name+")") {
					t.Errorf("%s is no setting of the program", name)
				}
			}
		case "ENTRYPOINT":
			var command []string
			entry = json.Unmarshal([]byte(strings.Join(rest, " ")), &command) == nil && strings.Contains(text, command[0])
		case "RUN", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "CMD":
		default:
			t.Errorf("%s is no instruction", words[0])
		}
	}
	if user == "" || user == "0" || user == "root" || !entry {
		t.Errorf("the image runs as %q, its entry point is given: %v", user, entry)
	}
}

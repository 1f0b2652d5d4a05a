// The programs a cluster is made of, and which Go module in go/ builds which.

export interface GoModule {
  /** Folder below go/. */
  readonly folder: string
  /** What a person calls it, for progress. */
  readonly title: string
  /** How long a build takes on a machine whose Go has nothing cached, on 4 to 2 cores. */
  readonly coldBuild: string
  /** What it leaves in the cache: programs, and for cert-manager the folder with its chart. */
  readonly makes: readonly string[]
  /** One `go build` each. Without a name, each program is called like the last part of its package's path. */
  readonly builds: readonly { readonly name?: string; readonly args: readonly string[] }[]
  /** A folder of this Go module's source is kept under the given name beside the programs. */
  readonly keeps?: { readonly module: string; readonly folder: string; readonly as: string }
}

const KUBERNETES_VERSION = 'v1.36.3'
/** What the kind provider installs as well. */
export const CERT_MANAGER_VERSION = 'v1.21.1'

/** Helm refuses charts whose kubeVersion is not met, and a program built with plain `go build` does not know its version. */
const kubernetesVersion = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((pkg) => [
  `-X ${pkg}.gitVersion=${KUBERNETES_VERSION}`,
  `-X ${pkg}.gitMajor=1`,
  `-X ${pkg}.gitMinor=36`,
  `-X ${pkg}.gitTreeState=clean`,
])

/** One module per product, so that their k8s.io versions never meet. */
export const goModules: readonly GoModule[] = [
  {
    folder: 'kube',
    title: `Kubernetes ${KUBERNETES_VERSION} and etcd`,
    coldBuild: '3 to 6 min',
    makes: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'],
    builds: [
      {
        args: [
          ...['-pgo=off', '-tags', 'selinux,notest,grpcnotrace', '-ldflags', `-s -w ${kubernetesVersion.join(' ')}`],
          ...['kube-apiserver', 'kube-controller-manager', 'kubectl'].map((name) => `k8s.io/kubernetes/cmd/${name}`),
        ],
      },
      { name: 'etcd', args: ['-ldflags', '-s -w', 'go.etcd.io/etcd/server/v3'] },
    ],
  },
  {
    folder: 'cm',
    title: `cert-manager ${CERT_MANAGER_VERSION}`,
    coldBuild: '1 to 2 min',
    makes: ['cm-controller', 'cm-webhook', 'cm-cainjector', 'cert-manager'],
    builds: [
      {
        args: [
          ...['-ldflags', `-s -w -X github.com/cert-manager/cert-manager/pkg/util.AppVersion=${CERT_MANAGER_VERSION}`],
          './cmd/...',
        ],
      },
    ],
    keeps: { module: 'github.com/cert-manager/cert-manager', folder: 'deploy', as: 'cert-manager' },
  },
  {
    folder: 'helm',
    title: 'helm',
    coldBuild: '1 to 2 min',
    makes: ['helm'],
    builds: [{ args: ['-ldflags', '-s -w', 'helm.sh/helm/v4/cmd/helm'] }],
  },
]

/** What the local control plane runs and what is run against it. */
export const controlPlanePrograms = goModules.flatMap((module) => module.makes)

/** What is needed against a cluster that is there already. */
export const clientPrograms: readonly string[] = ['kubectl', 'helm']

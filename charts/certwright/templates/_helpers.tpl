{{- /* The name in the label app.kubernetes.io/name. */ -}}
{{- define "certwright.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* The name of the resources: the release's name, with the chart's name added when it does not contain it. Cut to 50
       characters, so that every suffix in use still gives a valid name. */ -}}
{{- define "certwright.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "certwright.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "certwright.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Selects the pods. Never add to it: a Deployment's selector cannot be changed. */ -}}
{{- define "certwright.selectorLabels" -}}
app.kubernetes.io/name: {{ include "certwright.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* On every resource. */ -}}
{{- define "certwright.labels" -}}
{{ include "certwright.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "certwright.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "certwright.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* Who gets the operator's roles. */ -}}
{{- define "certwright.subjects" -}}
- kind: ServiceAccount
  name: {{ include "certwright.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "certwright.clusterResourceNamespace" -}}
{{- default .Release.Namespace .Values.clusterResourceNamespace -}}
{{- end -}}

{{- define "certwright.leaderElectionNamespace" -}}
{{- default .Release.Namespace .Values.leaderElection.namespace -}}
{{- end -}}

{{- /* The Lease that the operator takes: a class has its own, so that two classes can both act. */ -}}
{{- define "certwright.leaseName" -}}
{{- if .Values.operatorClass -}}
{{- printf "certwright-%s" .Values.operatorClass -}}
{{- else -}}
certwright
{{- end -}}
{{- end -}}

{{- define "certwright.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- /* The value of --allowed-hosts; empty when the operator's own list is to hold. The three hosts are that list: a flag
       replaces it, so hosts can only be added to it by naming it again. */ -}}
{{- define "certwright.allowedHosts" -}}
{{- $hosts := .Values.allowedHosts -}}
{{- if .Values.extraAllowedHosts -}}
{{- if not $hosts -}}
{{- $hosts = list "cert-manager.com" "*.cert-manager.com" "*.sectigo.com" -}}
{{- end -}}
{{- $hosts = concat $hosts .Values.extraAllowedHosts -}}
{{- end -}}
{{- $hosts | uniq | join "," -}}
{{- end -}}

{{- /* One endpoint of a ServiceMonitor or PodMonitor. */ -}}
{{- define "certwright.metricsEndpoint" -}}
port: http-metrics
path: /metrics
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
honorLabels: {{ .honorLabels }}
{{- with .endpointAdditionalProperties }}
{{ toYaml . }}
{{- end }}
{{- end -}}

import type { ErrorTexts } from './error-texts.ts';

/** The errors that pages show, in Japanese. */
export const knownErrors: ErrorTexts = {
  LAB_INPUT_INVALID: {
    title: 'リクエストの内容が正しくありません',
    hint: 'ページを再読み込みしてから、もう一度試してください。',
  },
  LAB_INPUT_TOO_LARGE: {
    title: 'リクエストが大きすぎます',
    hint: '送る内容を小さくしてください。',
  },
  LAB_NOT_FOUND: {
    title: 'このアドレスには何もありません',
    hint: 'ページを再読み込みしてから、もう一度試してください。',
  },
  LAB_LAB_UNKNOWN: {
    title: 'このレッスンは存在しません',
    hint: 'トップページからレッスンを開き直してください。',
  },
  LAB_STEP_UNKNOWN: {
    title: 'このレッスンにそのステップはありません',
    hint: 'ページを再読み込みしてください。レッスンの内容が変わった可能性があります。',
  },
  LAB_CHECKPOINT_FAILED: {
    title: 'このステップの始まりの状態を用意できませんでした',
    hint: 'マシンの負荷が高い可能性があります。もう一度試すか、最初のステップから始めてください。',
  },
  LAB_SESSION_UNKNOWN: {
    title: 'このセッションは存在しません',
    hint: 'すでに終了した可能性があります。新しいセッションを開始してください。',
  },
  LAB_SESSION_FORBIDDEN: {
    title: 'このセッションは別のブラウザのものです',
    hint: '自分のセッションを開始してください。',
  },
  LAB_SESSION_ENDED: {
    title: 'このセッションは終了しています',
    hint: '新しいセッションを開始してください。',
  },
  LAB_FILE_UNKNOWN: {
    title: 'このファイルは存在しません',
    hint: 'ターミナルで削除されたか、名前が変わった可能性があります。',
  },
  LAB_FILE_OUTSIDE: {
    title: 'このファイルは ~/lab の外にあります',
    hint: '~/lab の外のファイルは、ターミナルで操作してください。',
  },
  LAB_FILE_NOT_TEXT: {
    title: 'このファイルはテキストではありません',
    hint: 'ターミナルで操作してください。',
  },
  LAB_FILE_TOO_LARGE: {
    title: 'このファイルはエディタで開くには大きすぎます',
    hint: 'ターミナルで「less」や「vim」などを使って開いてください。',
  },
  LAB_FILE_CHANGED: {
    title: 'このファイルはほかの場所で変更されています',
    hint: '読み込み直して、どちらの内容を残すか決めてください。',
  },
  LAB_FILE_FAILED: {
    title: 'ファイルを操作できませんでした',
    hint: 'ターミナルで「ls -l」を実行し、権限を確認してください。',
  },
  LAB_TERMINAL_LIMIT: {
    title: 'このセッションではこれ以上ターミナルを開けません',
    hint: '先に、開いているターミナルを 1 つ閉じてください。',
  },
  LAB_PREVIEW_UNKNOWN: {
    title: 'このページはこのレッスンにありません',
    hint: 'レッスンのページを再読み込みしてください。内容が変わった可能性があります。',
  },
  LAB_PREVIEW_UNAVAILABLE: {
    title: 'このサーバーではクラスタの Web ページを表示できません',
    hint: 'サーバーの管理者が KINDLAB_PREVIEW_ORIGIN を設定すると、表示できるようになります。',
  },
  LAB_SESSION_NOT_READY: {
    title: 'クラスタはまだ起動中です',
    hint: '準備ができるまで待ってください。',
  },
  LAB_ORIGIN_FORBIDDEN: {
    title: '別のサイトからのリクエストです',
    hint: 'Kindlab 本来のアドレスで開き直してください。',
  },
  LAB_LIMIT_RATE: {
    title: 'リクエストが多すぎます',
    hint: '少し待ってから、もう一度試してください。',
  },
  LAB_CAPACITY_FULL: {
    title: '空きがありません',
    hint: '不要なセッションを終了するか、数分後にもう一度試してください。',
  },
  LAB_SANDBOX_PREPARING: {
    title: 'サンドボックスを準備しています',
    hint: 'その間もレッスンは読めます。',
  },
  LAB_IMAGES_PREPARING: {
    title: 'このレッスンのイメージを作成しています',
    hint: 'その間も、ほかのレッスンは試せます。',
  },
  LAB_SANDBOX_UNAVAILABLE: {
    title: 'このサーバーにはサンドボックスがありません',
    hint: 'サーバーで「npm run doctor」を実行すると、足りないものが分かります。',
  },
  LAB_ENGINE_MISSING: {
    title: 'コンテナエンジンが見つかりません',
    hint: 'たとえば「apt-get install docker.io」でインストールし、起動し直してください。',
  },
  LAB_ENGINE_UNSUPPORTED: {
    title: 'このコンテナエンジンには対応していません',
    hint: 'linux/amd64 上の、root で動く Docker 20.10 以降を使ってください。',
  },
  LAB_ENGINE_UNREACHABLE: {
    title: 'コンテナエンジンが応答しません',
    hint: 'たとえば「systemctl start docker」で再起動してください。動いていたセッションは失われます。',
  },
  LAB_HOST_UNFIT: {
    title: 'このマシンにはクラスタに必要なものが足りません',
    hint: '「npm run doctor」を実行すると、足りないものと入手方法が分かります。',
  },
  LAB_DISK_FULL: {
    title: 'ディスクに空きがありません',
    hint: 'コンテナエンジンがデータを置く場所に空きを作ってから、もう一度試してください。',
  },
  LAB_IMAGE_BUILD_FAILED: {
    title: 'イメージを作成できませんでした',
    hint: 'ログが示す行を直してから、もう一度「npm start」を実行してください。続きから再開します。',
  },
  LAB_CLUSTER_START_FAILED: {
    title: 'クラスタを起動できませんでした',
    hint: '作りかけのものはすべて削除しました。もう一度試してください。',
  },
  LAB_CLUSTER_TIMEOUT: {
    title: 'クラスタの起動に時間がかかりすぎました',
    hint: 'マシンの負荷が高いようです。1 分ほど待って、もう一度試してください。',
  },
  LAB_SANDBOX_LOST: {
    title: 'サンドボックスが失われました',
    hint: '新しいセッションを開始してください。このセッションの内容は失われています。',
  },
  LAB_WORKSTATION_START_FAILED: {
    title: 'ターミナル用のコンテナを起動できませんでした',
    hint: '作りかけのものはすべて削除しました。もう一度試してください。',
  },
  LAB_LESSON_INVALID: {
    title: 'このレッスンをサーバーが読み込めません',
    hint: 'サイトとサーバーのバージョンが違う可能性があります。サーバーを止めて「npm start」を実行してください。',
  },
  LAB_INTERNAL: {
    title: 'サーバー内部で問題が起きました',
    hint: 'もう一度試してください。続く場合は、サーバーのログを確認してください。',
  },
};

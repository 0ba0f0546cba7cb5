import type { Strings } from './en.ts';

/** What the server's error codes mean, in Japanese. */
export const knownErrors: Strings['errors']['known'] = {
  LAB_LAB_UNKNOWN: {
    title: 'このレッスンは存在しません',
    hint: 'トップページからレッスンを開き直してください。',
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
    hint: '例えば「apt-get install docker.io」で導入し、起動し直してください。',
  },
  LAB_ENGINE_UNSUPPORTED: {
    title: 'このコンテナエンジンには対応していません',
    hint: 'linux/amd64 上の、root で動く Docker 20.10 以降を使ってください。',
  },
  LAB_ENGINE_UNREACHABLE: {
    title: 'コンテナエンジンが応答しません',
    hint: '例えば「systemctl start docker」で再起動してください。動いていたセッションは失われます。',
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
    hint: 'マシンが混み合っているようです。1 分ほど待って、もう一度試してください。',
  },
  LAB_SANDBOX_LOST: {
    title: 'サンドボックスが失われました',
    hint: '新しいセッションを始めてください。このセッションの内容は失われています。',
  },
  LAB_WORKSTATION_START_FAILED: {
    title: 'ターミナル用のコンテナを起動できませんでした',
    hint: '作りかけのものはすべて削除しました。もう一度試してください。',
  },
  LAB_INTERNAL: {
    title: 'サーバー内部で問題が起きました',
    hint: 'もう一度試してください。続く場合は、サーバーのログを確認してください。',
  },
};
